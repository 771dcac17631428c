using System.Diagnostics;

namespace OrleansGateway;

/// <summary>Those who wait for one append, for its span: it belongs to the first, and names the others.</summary>
internal sealed class AppendTrace
{
    private const int MostLinks = 32;

    private readonly ActivityContext _first;
    private List<ActivityLink>? _others;

    private AppendTrace(ActivityContext first) => _first = first;

    /// <summary>With one more that waits; null while nobody traces.</summary>
    public static AppendTrace? Join(AppendTrace? trace)
    {
        if (Activity.Current is not { Recorded: true } asking) return trace;
        if (trace is null) return new AppendTrace(asking.Context);
        if (trace._first.SpanId != asking.SpanId && (trace._others ??= []).Count < MostLinks) trace._others.Add(new ActivityLink(asking.Context));
        return trace;
    }

    /// <summary>The append begins.</summary>
    public Activity? Start(int entries)
    {
        var span = GatewayTrace.Source.StartActivity(ActivityKind.Internal, _first, links: _others, name: "append to book");
        span?.SetTag(GatewayTrace.Entries, entries);
        return span;
    }
}
