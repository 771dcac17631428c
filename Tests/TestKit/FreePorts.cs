using System.Net;
using System.Net.Sockets;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Ports that nothing listens on, each handed out once to this run; none of those that the system gives to who asks for any, which could take one in between.</summary>
internal static class FreePorts
{
    private const int First = 15_000;
    private const int Count = 17_000;

    // Two runs at a time begin at different ports.
    private static int _next = Environment.ProcessId * 97 % Count;

    public static int Next()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            if (IsFree(port)) return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
