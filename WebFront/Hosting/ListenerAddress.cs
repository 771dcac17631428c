using System.Net;

namespace OrleansGateway;

/// <summary>What the lists of addresses to listen on may hold: what Kestrel would otherwise end the process for.</summary>
internal static class ListenerAddress
{
    /// <summary>What is wrong with addresses that are separated by <c>;</c>.</summary>
    /// <param name="urls">The addresses.</param>
    /// <param name="port">The port of the example to follow.</param>
    public static IEnumerable<string> FaultsOf(string urls, int port) => urls.Split(';', StringSplitOptions.RemoveEmptyEntries).Where(url => !IsOne(url))
        .Select(url => $"'{url}' is not an address to listen on, such as http://localhost:{port}: http or https, a host and a port up to {IPEndPoint.MaxPort}, without a path");

    /// <summary>Whether an address asks for a certificate.</summary>
    public static bool IsHttps(string url) => url.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    private static bool IsOne(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            // A port that is no number is taken for a part of the host, which then is any.
            return address.Scheme.ToUpperInvariant() is "HTTP" or "HTTPS" && address.PathBase.Length == 0
                && (address.IsUnixPipe || (address.Port is >= IPEndPoint.MinPort and <= IPEndPoint.MaxPort
                    && (!address.Host.Contains(':', StringComparison.Ordinal) || IPAddress.TryParse(address.Host, out _))));
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
