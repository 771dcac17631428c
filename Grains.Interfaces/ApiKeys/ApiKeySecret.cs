using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;

namespace OrleansGateway;

/// <summary>
/// The form of a key's secret: <c>sk-gw-&lt;8 characters of id&gt;-&lt;32 random bytes, base62&gt;</c>.
/// </summary>
public static class ApiKeySecret
{
    /// <summary>What every secret begins with.</summary>
    public const string Prefix = "sk-gw-";

    private const int IdLength = 8;
    private const int RandomBytes = 32;

    // 62^43 > 2^256: 43 digits hold 32 bytes.
    private const int RandomLength = 43;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static readonly SearchValues<char> Digits = SearchValues.Create(Alphabet);

    /// <summary>A new secret and the id of its key.</summary>
    public static (string KeyId, string Secret) Create()
    {
        var id = RandomNumberGenerator.GetString(Alphabet, IdLength);
        return ("k_" + id, $"{Prefix}{id}-{Base62(RandomNumberGenerator.GetBytes(RandomBytes))}");
    }

    /// <summary>The id of the key that a secret of the right form belongs to; false for any other text.</summary>
    public static bool TryReadKeyId(ReadOnlySpan<char> secret, out string keyId)
    {
        keyId = "";
        if (secret.Length != Prefix.Length + IdLength + 1 + RandomLength || !secret.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var id = secret.Slice(Prefix.Length, IdLength);
        var random = secret[(Prefix.Length + IdLength + 1)..];
        if (secret[Prefix.Length + IdLength] != '-' || id.ContainsAnyExcept(Digits) || random.ContainsAnyExcept(Digits)) return false;
        keyId = string.Concat("k_", id);
        return true;
    }

    /// <summary>The part of a secret that may be shown: <c>sk-gw-7Q2F81aB</c>.</summary>
    public static string DisplayPrefix(string keyId)
    {
        ArgumentNullException.ThrowIfNull(keyId);
        return string.Concat(Prefix, keyId.AsSpan(2));
    }

    private static string Base62(byte[] bytes) => string.Create(RandomLength, new BigInteger(bytes, isUnsigned: true), static (text, value) =>
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            (value, var digit) = BigInteger.DivRem(value, Alphabet.Length);
            text[i] = Alphabet[(int)digit];
        }
    });
}
