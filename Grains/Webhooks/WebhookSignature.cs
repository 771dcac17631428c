using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OrleansGateway;

/// <summary>The symmetric signature of the Standard Webhooks specification: HMAC-SHA256 over id, timestamp and body, joined by full stops.</summary>
internal static class WebhookSignature
{
    private const string Version = "v1,";

    /// <summary>The header <c>webhook-signature</c>.</summary>
    public static string Of(byte[] key, string id, long unixSeconds, ReadOnlySpan<byte> body)
    {
        byte[] head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{unixSeconds}."));
        byte[] signed = [.. head, .. body];
        return Version + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
    }
}
