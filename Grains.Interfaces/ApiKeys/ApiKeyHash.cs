using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>
/// The SHA-256 of a key's secret. A secret is 256 random bits, so its plain hash can be neither guessed nor reversed and a
/// pepper would add nothing (docs/adr/0006). Compares in constant time.
/// </summary>
[GenerateSerializer, Immutable, Alias("api-key-hash"), JsonConverter(typeof(ApiKeyHashJsonConverter))]
public readonly struct ApiKeyHash(byte[] digest) : IEquatable<ApiKeyHash>
{
    [Id(0)] private readonly byte[] _digest = digest;

    /// <summary>The hash of a secret as the caller shows it.</summary>
    public static ApiKeyHash Of(ReadOnlySpan<char> secret)
    {
        Span<byte> utf8 = stackalloc byte[Encoding.UTF8.GetMaxByteCount(Math.Min(secret.Length, 256))];
        var length = Encoding.UTF8.GetBytes(secret[..Math.Min(secret.Length, 256)], utf8);
        return new ApiKeyHash(SHA256.HashData(utf8[..length]));
    }

    /// <summary>A hash as <see cref="ToString"/> wrote it; throws <see cref="FormatException"/> on anything else.</summary>
    public static ApiKeyHash Parse(string text)
    {
        var digest = Convert.FromHexString(text);
        return digest.Length == SHA256.HashSizeInBytes ? new ApiKeyHash(digest) : throw new FormatException("A key's hash has 64 hexadecimal digits.");
    }

    /// <inheritdoc/>
    public bool Equals(ApiKeyHash other) => CryptographicOperations.FixedTimeEquals(_digest, other._digest);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ApiKeyHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _digest is null ? 0 : BitConverter.ToInt32(_digest);

    /// <summary>64 hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(_digest ?? []);

    /// <summary>Equal digests.</summary>
    public static bool operator ==(ApiKeyHash a, ApiKeyHash b) => a.Equals(b);

    /// <summary>Different digests.</summary>
    public static bool operator !=(ApiKeyHash a, ApiKeyHash b) => !a.Equals(b);
}

/// <summary>Reads and writes <see cref="ApiKeyHash"/> as hexadecimal text.</summary>
public sealed class ApiKeyHashJsonConverter : JsonConverter<ApiKeyHash>
{
    /// <inheritdoc/>
    public override ApiKeyHash Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ApiKeyHash.Parse(reader.GetString() ?? "");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ApiKeyHash value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.ToString());
    }
}
