using System.Net;
using System.Net.Sockets;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Ports that nothing listens on, each handed out once to this run.</summary>
internal static class FreePorts
{
    private static readonly HashSet<int> Taken = [];

    public static int Next()
    {
        lock (Taken)
        {
            while (true)
            {
                using var probe = new TcpListener(IPAddress.Loopback, 0);
                probe.Start();
                var port = ((IPEndPoint)probe.LocalEndpoint).Port;
                if (Taken.Add(port)) return port;
            }
        }
    }
}
