using System.Security.Cryptography;
using System.Text;

namespace OrleansGateway.Simulator;

/// <summary>Whether a caller shows a key the simulator lets in.</summary>
internal static class Admission
{
    private const string Scheme = "Bearer ";

    public static bool Accepts(HttpRequest request, string? apiKey, out bool missing)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0 && request.Path == "/v1/messages")
        {
            header = Scheme + request.Headers["x-api-key"];
        }

        var key = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        missing = key.Length == 0;
        return !missing && (apiKey is null || CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(apiKey)));
    }
}
