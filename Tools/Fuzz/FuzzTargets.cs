using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace OrleansGateway.Fuzz;

/// <summary>
/// What strangers' bytes are read by, each with what must hold of any bytes at all: it never throws, and what it says is true. An exception out of one of
/// these is a finding.
/// </summary>
internal static class FuzzTargets
{
    private static readonly PlanTarget Target = new(
        "p", "m", "upstream-model",
        new PriceCard { Version = "v", EffectiveFrom = default, InputUsdPerMillion = Money.FromUsd(2), OutputUsdPerMillion = Money.FromUsd(8) },
        1_000);

    public static IReadOnlyDictionary<string, Action<byte[]>> All { get; } = new Dictionary<string, Action<byte[]>>(StringComparer.Ordinal)
    {
        ["sse"] = ReadEvents,
        ["usage"] = ReadAnswers,
        ["heads"] = ReadHeads,
    };

    /// <summary>The first bytes say how the rest arrives: however it does, the events are the same, and no byte of one is lost.</summary>
    public static void ReadEvents(byte[] input)
    {
        const int Most = 4_096;
        if (input.Length < 3) return;
        var stream = input.AsSpan(2).ToArray();
        var (whole, oversized) = EventsOf(stream, [stream.Length], Most);
        var (split, splitOversized) = EventsOf(stream, [1 + (input[0] % 17), 1 + (input[1] % 5)], Most);
        Must(oversized == splitOversized, "An event was too large one way and not the other");
        Must(
            whole.Count == split.Count
            && whole.Zip(split).All(pair => pair.First.Raw.AsSpan().SequenceEqual(pair.Second.Raw) && pair.First.Data.AsSpan().SequenceEqual(pair.Second.Data)),
            "Events depend on how they arrive");
        Must(stream.AsSpan().StartsWith(whole.SelectMany(e => e.Raw).ToArray()), "A byte was lost or changed");
        Must(whole.All(e => e.DataOffset < 0 || e.Raw.AsSpan(e.DataOffset).StartsWith(e.Data)), "Data is not where it was said to be");
    }

    /// <summary>Answers, events and errors of every API.</summary>
    public static void ReadAnswers(byte[] input)
    {
        foreach (var api in Enum.GetValues<UpstreamApi>())
        {
            if (AnswerScan.TryScan(input, out var scan, api))
            {
                JsonDocument.Parse(input, new JsonDocumentOptions { MaxDepth = 64 }).Dispose();
                Must(scan.ContentBytes <= input.Length, "There is more content than answer");
                Check(scan.Usage);
            }
            var meter = Dialect.Of(api).NewMeter();
            foreach (var piece in input.AsSpan().Split((byte)0)) meter.Look(input.AsSpan(piece));
            // Of a message the deltas are counted with what announces them.
            Must(meter.OutputBound >= 0 && meter.OutputBound <= input.Length + 1L, "More came than did");
            Check(meter.Usage);
            if (GatheredAnswer.Of(api, input).Body is { } gathered) JsonDocument.Parse(gathered).Dispose();
            if (scan.IsAnswer) SpreadAnswer.Of(api, input);
        }
        UpstreamError.Parse(input).ImpliedStatus();
        ThinkingAsked.In(input);
    }

    /// <summary>Requests: refused with a fault, or read so that what is sent upstream is JSON with the upstream's model and a limit.</summary>
    public static void ReadHeads(byte[] input)
    {
        var request = new DefaultHttpContext().Request;
        foreach (var route in BillableRoutes.All)
        {
            var head = route.ReadHead(request, input, out var fault);
            Must((head is null) != (fault is null), "Neither head nor fault, or both");
            if (head is null) continue;
            Must(head.Images >= 0 && head.AddedInput >= 0 && head.OutputTokens is null or >= 0 && head.Choices >= 1, "A bound is no bound");
            var limit = head is { OutputTokens: null } && head.Upstream.Api.Kind() == ModelKind.Chat ? 7 : default(int?);
            var sent = BodySplicer.Splice(head.Upstream, Target.UpstreamModel, limit).SelectMany(part => part.ToArray()).ToArray();
            using var body = JsonDocument.Parse(sent);
            Must(body.RootElement.GetProperty("model").GetString() == Target.UpstreamModel, "The model is not the upstream's");
            if (limit is not null)
                Must(
                    body.RootElement.EnumerateObject().Any(m =>
                        m.Name is "max_tokens" or "max_completion_tokens" or "max_output_tokens" && m.Value.ValueKind == JsonValueKind.Number),
                    "No limit is sent");
        }
    }

    private static void Check(ReportedUsage? reported)
    {
        foreach (var kind in Enum.GetValues<ModelKind>())
            foreach (var reasoning in new[] { false, true })
                if (reported is { } numbers && UsageShapes.TryRead(numbers, kind, reasoning, out var usage))
                    Must(usage.IsPlausible && Target.Price.CostOf(usage) >= Money.Zero, "Usage that cannot be was taken");
    }

    private static (List<Event> Events, bool IsOversized) EventsOf(byte[] stream, int[] sizes, int most)
    {
        using var reader = new SseReader(most);
        var events = new List<Event>();
        for (var (at, turn) = (0, 0); ; turn++)
        {
            var memory = reader.GetMemory();
            var count = Math.Min(Math.Min(memory.Length, Math.Max(1, sizes[turn % sizes.Length])), stream.Length - at);
            stream.AsMemory(at, count).CopyTo(memory);
            at += count;
            reader.Advance(count);
            while (reader.TryRead(out var next)) events.Add(new Event(reader.Slice(next.Start, next.End).ToArray(), next.Data.ToArray(), next.DataOffset));
            if (count == 0 || reader.IsOversized) return (events, reader.IsOversized);
        }
    }

    private static void Must(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }

    private sealed record Event(byte[] Raw, byte[] Data, int DataOffset);
}
