using System.Collections.Immutable;
using System.Security.Cryptography;

namespace OrleansGateway;

/// <summary>
/// Signing secrets in the form of the Standard Webhooks specification (https://www.standardwebhooks.com): <c>whsec_</c> and 24 to 64 bytes in base64.
/// </summary>
internal static class WebhookSecret
{
    public const string Prefix = "whsec_";
    public const int MinBytes = 24;
    public const int MaxBytes = 64;
    private const int CreatedBytes = 32;

    /// <summary>The bytes of a secret of the right form.</summary>
    public static bool TryRead(string secret, out byte[] key)
    {
        key = [];
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var buffer = new byte[MaxBytes];
        if (!Convert.TryFromBase64Chars(secret.AsSpan(Prefix.Length), buffer, out var length) || length < MinBytes) return false;
        key = buffer[..length];
        // White space and odd last bits would make two spellings of one secret.
        return Prefix + Convert.ToBase64String(key) == secret;
    }

    /// <summary>
    /// The webhooks with a secret each: the one given, or else that which the address has, or else a new one; and those new ones, which are to be
    /// shown once.
    /// </summary>
    public static (ImmutableArray<WebhookPolicy> Webhooks, IReadOnlyCollection<string> Made) Fill(ImmutableArray<WebhookPolicy> webhooks, TenantPolicy? before)
    {
        var made = new List<string>();
        return ([.. webhooks.Select(w => w with { Secret = w.Secret ?? before?.Webhooks.FirstOrDefault(b => b.Url == w.Url)?.Secret ?? Make() })], made);

        string Make()
        {
            made.Add(Create());
            return made[^1];
        }
    }

    /// <summary>A policy as it may be shown: without secrets, but for those that were made just now and that nobody else knows.</summary>
    public static TenantPolicy Hide(TenantPolicy policy, IReadOnlyCollection<string>? made = null) => policy.Webhooks.IsDefaultOrEmpty ? policy : policy with
    {
        Webhooks = [.. policy.Webhooks.Select(w => made?.Contains(w.Secret) == true ? w : w with { Secret = null })],
    };

    private static string Create() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(CreatedBytes));
}
