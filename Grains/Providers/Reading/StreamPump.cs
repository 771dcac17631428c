using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>Reads one stream to its end, metering what passes; the caller gets all but the usage and the end, which wait for the posting.</summary>
internal sealed class StreamPump : IDisposable
{
    /// <summary>How long the upstream may go on for a caller who has gone: its usage comes last.</summary>
    private static readonly TimeSpan PatienceWithoutCaller = TimeSpan.FromSeconds(30);

    private readonly SseReader _reader = new();
    private readonly StreamMeter _meter;
    private readonly ChunkPusher _pusher;
    private readonly UpstreamTimer _timer;
    private readonly TimeSpan _patience;
    private readonly BudgetGuard? _guard;
    private readonly Attempt _attempt;
    private readonly UpstreamCall _call;
    private readonly ChoiceFilter? _choices;
    private byte[]? _firstChunk;
    private HeldUsage? _usage;
    private byte[] _tail = [];
    private long _broken;

    public StreamPump(Attempt attempt, IChunkSink sink, UpstreamTimer timer, EventTape? tape, BudgetGuard? guard)
    {
        var call = attempt.Call;
        (_attempt, _call, _guard) = (attempt, call, guard);
        By = attempt.By;
        Tape = tape;
        _meter = Dialect.Of(call.Request.Api).NewMeter();
        _choices = call.Request.Api == UpstreamApi.Chat ? new ChoiceFilter(call.Plan.Choices, whole: false) : null;
        _timer = timer;
        _patience = attempt.Client.Options.IdleTimeout;
        _pusher = new ChunkPusher(sink, new StreamHead(By, call.Limits), () => timer.EndWithin(PatienceWithoutCaller));
    }

    public AnsweredBy By { get; }

    /// <summary>What passed on, taken down; null when it is not to be kept.</summary>
    public EventTape? Tape { get; }

    public bool Begun => _pusher.Begun;

    public bool CallerGone => _pusher.Gone;

    /// <summary>Whether the stream came to its end by saying that its answer failed.</summary>
    public bool SaysFailed { get; private set; }

    /// <summary>Whether it was ended because no budget covered more of it.</summary>
    public bool EndedByBudget { get; private set; }

    /// <summary>Whether more choices came than were asked for; the caller does not get them.</summary>
    public bool HasOddChoices => _choices?.IsOdd == true;

    public ReportedUsage? Usage => EndedByBudget ? null : _meter.Usage;

    /// <summary>The most tokens that all that came can hold; of a stream that broke, also in what makes no event or a broken one.</summary>
    public long OutputBound => _meter.OutputBound + _broken;

    /// <summary>Whether anything came that may hold a token, and not only what an upstream says before it begins.</summary>
    public bool HasOutput => _meter.OutputBound > 0;

    /// <summary>Reads until the upstream says that this is all, or returns why it never did.</summary>
    public async Task<Failed?> RunAsync(Stream upstream)
    {
        var broken = await ReadAsync(upstream);
        if (_guard is not null) await _guard.RestAsync();
        if (broken is not null) _broken += _reader.Unread;
        return broken;
    }

    /// <summary>Completes when the caller has all that was passed on, or is gone.</summary>
    public Task DrainAsync() => _pusher.DrainAsync();

    /// <summary>Passes on what was held back: the usage, with its cost, if the caller wants it, and the end.</summary>
    public Task FinishAsync(Money? cost)
    {
        _pusher.Offer(_usage is not null && cost is { } told ? [.. _usage.WithCost(told), .. _tail] : _tail);
        return DrainAsync();
    }

    public void Dispose() => _reader.Dispose();

    private async Task<Failed?> ReadAsync(Stream upstream)
    {
        try
        {
            while (true)
            {
                _timer.Wait(_patience);
                var count = await upstream.ReadAsync(_reader.GetMemory(), _timer.Token);
                _reader.Advance(count);
                switch (PassOn())
                {
                    case ChunkKind.Done: return Begun || Usage is not null ? null : AttemptVerdicts.NoAnswer(OutcomeWords.StreamBad);
                    case ChunkKind.Failed when Begun: return null;
                    case ChunkKind.Failed or ChunkKind.Error: return AttemptVerdicts.OfErrorEvent(_attempt.Client.ParseError(_tail));
                    case ChunkKind.Bad: return AttemptVerdicts.NoAnswer(OutcomeWords.StreamBad);
                }
                if (_reader.IsOversized) return AttemptVerdicts.NoAnswer(OutcomeWords.StreamBad);
                if (count == 0) return AttemptVerdicts.Truncated();
                if (_guard is not null && !await _guard.MayGoOnAsync(OutputBound, _timer))
                {
                    EndForBudget();
                    return null;
                }
                if (!_pusher.IsFull) continue;
                _timer.Pause();
                await _pusher.DrainAsync();
            }
        }
        catch (Exception e)
        {
            return AttemptVerdicts.OfReading(e, _timer);
        }
    }

    /// <summary>Has the caller told what it is charged for, when the upstream sent no usage apart, or none that is final.</summary>
    public void MakeUsage(in MeteredUsage metered)
    {
        if (EndedByBudget || (_usage is not null && _meter.Usage is not null)) return;
        _usage = HeldUsage.Of(ChatEnding.After(_firstChunk).Usage(metered.Usage, metered.Estimated));
    }

    /// <summary>Takes down, before it is booked and passed on, what was held back.</summary>
    public void TapeEnd(bool withCost)
    {
        if (Tape is null) return;
        if (withCost) _usage?.WriteTo(Tape);
        Tape.Add(_tail);
    }

    /// <summary>Ends the stream for its caller as its upstream would have, though the upstream goes on.</summary>
    private void EndForBudget()
    {
        EndedByBudget = true;
        var ending = ChatEnding.After(_firstChunk);
        Offer(ending.Finish(_call.Plan.Choices));
        _usage = HeldUsage.Of(ending.Usage(UsageMeter.Judge(null, _call, OutputBound).Usage, estimated: true));
        _tail = ChatEnding.Done;
    }

    /// <summary>Passes on every event that is there, as one batch; tells why it stopped before their end.</summary>
    private ChunkKind PassOn()
    {
        var (start, end) = (0, 0);
        while (_reader.TryRead(out var next))
        {
            var kind = _meter.Look(next.Data);
            if (kind == ChunkKind.Content)
            {
                if (_firstChunk is null && !next.Data.IsEmpty && (_guard is not null || _call.Request.IncludeUsage)) _firstChunk = next.Data.ToArray();
                if (!PassesAsIs(next.Data, out var instead))
                {
                    Offer(start, end);
                    (start, end) = (0, 0);
                    if (instead is not null) Offer(SseEvent.Of(instead));
                    continue;
                }
                if (start == end) start = next.Start;
                end = next.End;
                continue;
            }
            Offer(start, end);
            (start, end) = (0, 0);
            if (kind == ChunkKind.Usage)
            {
                _usage = new HeldUsage(_reader.Slice(next.Start, next.End), next, _meter.LastScan);
                continue;
            }
            SaysFailed = kind == ChunkKind.Failed;
            if (kind == ChunkKind.Bad) _broken = next.Data.Length;
            // What the caller does not get as it is is read for its error.
            _tail = kind == ChunkKind.Error || (SaysFailed && !Begun) ? next.Data.ToArray() : _reader.Slice(next.Start, next.End).ToArray();
            return kind;
        }
        Offer(start, end);
        return ChunkKind.Content;
    }

    /// <summary>Whether a chunk has only choices that were asked for; if not, what passes in its place, or null for nothing.</summary>
    private bool PassesAsIs(ReadOnlySpan<byte> chunk, out byte[]? instead)
    {
        instead = null;
        if (_choices is null) return true;
        return _meter.OnlyChoice is { } index ? _choices.Passes(index) : _choices.Passes(chunk, out instead);
    }

    private void Offer(int start, int end)
    {
        if (start != end) Offer(_reader.Slice(start, end));
    }

    private void Offer(ReadOnlySpan<byte> events)
    {
        if (!Begun) _attempt.Health.OnFlowing();
        _attempt.OnChunk();
        Tape?.Add(events);
        _pusher.Offer(events);
    }
}
