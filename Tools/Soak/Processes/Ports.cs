using System.Net;
using System.Net.Sockets;

namespace OrleansGateway.Soak;

/// <summary>Ports of the loopback that nothing listens on, each handed out once.</summary>
internal static class Ports
{
    private static readonly HashSet<int> Taken = [];

    public static int Free()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            lock (Taken)
            {
                if (Taken.Add(port)) return port;
            }
        }
    }
}
