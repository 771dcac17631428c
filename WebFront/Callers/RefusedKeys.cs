using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;

namespace OrleansGateway;

/// <summary>
/// What becomes of keys that are refused, on both planes: they are counted, wrong admin keys are logged, and an address that shows too many which had to be looked up is
/// not let have any more looked up for a while. Bounded, whatever strangers send.
/// </summary>
internal sealed partial class RefusedKeys(GatewayOptions options, PeerAddress peers, GatewayMeter meter, TimeProvider time, ILogger<RefusedKeys> logger)
{
    internal const int Capacity = 10_000;

    private static readonly TimeSpan LogPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<IPAddress, Level> _levels = new();
    private readonly double _perSecond = options.MaxFailedAuthenticationsPerMinute / 60.0;
    private readonly Counter<long> _refused = Metrics.KeysRefused.CounterOn(meter);
    private int _addresses;
    private long _unlogged;
    private long _loggedAt;

    /// <summary>How long an address has to wait before it may have another key looked up; null when it need not.</summary>
    public TimeSpan? WaitOf(HttpContext http)
    {
        // Most have never been refused anything, and most processes have refused nobody.
        if (Volatile.Read(ref _addresses) == 0 || AddressOf(http) is not { } address || !_levels.TryGetValue(address, out var level)) return null;
        var above = Sunk(level) - (options.MaxFailedAuthenticationsPerMinute - 1);
        return above > 0 ? TimeSpan.FromSeconds(above / _perSecond) : null;
    }

    /// <summary>Notes a refusal.</summary>
    /// <param name="http">The request.</param>
    /// <param name="plane"><c>data</c> or <c>admin</c>.</param>
    /// <param name="reason"><c>missing</c>, <c>invalid</c> or <c>limited</c>.</param>
    /// <param name="lookedUp">Whether it cost a look-up: a key that is shown again and again does not.</param>
    public void OnRefused(HttpContext http, string plane, string reason, bool lookedUp = false)
    {
        _refused.Add(1, new(MetricLabels.Kind, plane), new(MetricLabels.Reason, reason));
        if (lookedUp && options.MaxFailedAuthenticationsPerMinute > 0 && AddressOf(http) is { } address) Raise(address);
        if (plane == "admin" && reason != "missing") Log(http);
    }

    private void Raise(IPAddress address)
    {
        if (_levels.TryAdd(address, new Level(1, time.GetTimestamp())))
        {
            // Starting over is cheaper than keeping an order, and rare.
            if (Interlocked.Increment(ref _addresses) <= Capacity) return;
            _levels.Clear();
            Interlocked.Exchange(ref _addresses, 0);
        }
        else if (_levels.TryGetValue(address, out var level))
        {
            // Of two at the same moment one may not count: nobody needs this to be exact.
            _levels[address] = new Level(Sunk(level) + 1, time.GetTimestamp());
        }
    }

    private double Sunk(Level level) => Math.Max(0, level.Refused - (time.GetElapsedTime(level.At).TotalSeconds * _perSecond));

    // Whoever has one address of IPv6 has its network.
    private IPAddress? AddressOf(HttpContext http)
    {
        var address = peers.Of(http);
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6 }) return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }

    private void Log(HttpContext http)
    {
        Interlocked.Increment(ref _unlogged);
        var (now, before) = (time.GetTimestamp(), Interlocked.Read(ref _loggedAt));
        if (before != 0 && time.GetElapsedTime(before, now) < LogPause) return;
        if (Interlocked.CompareExchange(ref _loggedAt, now, before) == before) LogRefused(peers.Of(http)?.ToString(), Interlocked.Exchange(ref _unlogged, 0));
    }

    [LoggerMessage(EventName = "admin_refused", Level = LogLevel.Warning,
        Message = "A wrong admin key was shown, last from {Address}: {Count} times since this was last said")]
    private partial void LogRefused(string? address, long count);

    /// <summary>What an address was refused, less what time has taken off since.</summary>
    private readonly record struct Level(double Refused, long At);
}
