using Microsoft.Extensions.Primitives;

namespace OrleansGateway;

/// <summary>Reads the secret out of an <c>Authorization</c> header.</summary>
internal static class BearerSecret
{
    private const string Scheme = "Bearer ";

    /// <summary>The secret; empty when there is none, null when there is more than one header or another scheme.</summary>
    public static string? Read(StringValues authorization)
    {
        if (authorization.Count == 0) return "";
        if (authorization.Count > 1) return null;
        var header = authorization.ToString();
        if (header.Length == 0) return "";
        if (header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return header[Scheme.Length..].Trim(' ');
        return header.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? "" : null;
    }
}
