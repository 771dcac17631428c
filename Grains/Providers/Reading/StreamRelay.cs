using System.Buffers;
using System.IO.Pipelines;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>Takes an answer that comes as a stream: pumps it to the caller, posts what it cost, then lets it end.</summary>
internal sealed class StreamRelay(Settlement settlement, KeptAnswers answers, UpstreamInstruments instruments)
{
    private const int MostOfFirstLine = 1024;

    public async Task<AttemptOutcome> RelayAsync(Attempt attempt, IChunkSink sink, HttpResponseMessage response, UpstreamTimer timer)
    {
        var body = await response.Content.ReadAsStreamAsync(timer.Token);
        if (ContentTypes.IsEventStream(response) || ContentTypes.IsUnknown(response)) return await PumpAsync(attempt, sink, body, timer);

        // What an answer is called says little: relays send streams as text, or as JSON.
        timer.Wait(attempt.Client.Options.IdleTimeout);
        var begun = PipeReader.Create(body);
        if (await BeginsAsStreamAsync(begun, timer.Token)) return await PumpAsync(attempt, sink, begun.AsStream(), timer);
        var (events, odd, failed) = await SpreadAsync(attempt, begun.AsStream(), timer);
        return failed ?? await PumpAsync(attempt, sink, events!, timer, odd);
    }

    /// <summary>Whether a body's first line is a stream's. Takes nothing from it.</summary>
    private static async Task<bool> BeginsAsStreamAsync(PipeReader body, CancellationToken patience)
    {
        while (true)
        {
            var read = await body.ReadAsync(patience);
            var first = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, MostOfFirstLine)).ToArray();
            var isKnown = read.IsCompleted || first.Length == MostOfFirstLine || first.AsSpan().ContainsAny((byte)':', (byte)'{', (byte)'<');
            body.AdvanceTo(read.Buffer.Start, isKnown ? read.Buffer.Start : read.Buffer.End);
            if (isKnown) return GatheredAnswer.MayBe(first);
        }
    }

    private async Task<AttemptOutcome> PumpAsync(Attempt attempt, IChunkSink sink, Stream events, UpstreamTimer timer, bool hadOddChoices = false)
    {
        var (call, target) = (attempt.Call, attempt.Target);
        instruments.OnStreams(target, 1);
        try
        {
            using var pump = new StreamPump(attempt, sink, timer, answers.TapeFor(call), BudgetGuard.Of(call, settlement));
            var broken = await pump.RunAsync(events);
            return broken is null ? await EndAsync(call, pump, hadOddChoices) : await BreakOffAsync(call, pump, broken);
        }
        finally
        {
            instruments.OnStreams(target, -1);
        }
    }

    private async Task<AttemptOutcome> EndAsync(UpstreamCall call, StreamPump pump, bool hadOddChoices)
    {
        FailPoints.Hit(FailPoint.UpstreamEnded);
        var metered = UsageMeter.Judge(pump.Usage, call, pump.OutputBound);
        var word = WordOf(pump, metered, hadOddChoices);
        var posting = Postings.Posted(call, metered, word);
        var answer = new ProviderAnswer.Streamed(pump.By, metered.Usage, default, word) { Took = answers.Took(call) };
        if (call.Request.IncludeUsage) pump.MakeUsage(metered);
        pump.TapeEnd(call.Request.IncludeUsage);
        var receipt = await settlement.PostAsync(call.Plan, posting, answers.Of(call, posting, answer, pump.Tape));
        FailPoints.Hit(FailPoint.AfterPost);
        await pump.FinishAsync(call.Request.IncludeUsage ? receipt.Invoiced : null);
        return new Answered(answer with { Receipt = receipt });
    }

    private static string WordOf(StreamPump pump, in MeteredUsage metered, bool hadOddChoices) =>
        pump.CallerGone ? OutcomeWords.ClientGone
        : pump.EndedByBudget ? OutcomeWords.BudgetEnded
        : pump.SaysFailed ? OutcomeWords.StreamError
        : (hadOddChoices || pump.HasOddChoices) && metered.Word == OutcomeWords.Ok ? OutcomeWords.ChoicesOdd
        : metered.Word;

    private async Task<AttemptOutcome> BreakOffAsync(UpstreamCall call, StreamPump pump, Failed broken)
    {
        await pump.DrainAsync();
        var metered = UsageMeter.Judge(pump.Usage, call, pump.OutputBound);
        if (!pump.Begun) return metered.Estimated ? broken : broken.Final() with { Usage = metered };
        // The upstream says itself that it failed, before its first token: as before its first event, but that the caller has seen some, so nothing else is tried.
        if (broken.Word is OutcomeWords.StreamError or OutcomeWords.Authentication && metered.Estimated && !pump.HasOutput && !pump.CallerGone)
            return broken.Final() with { Begun = true };

        var word = pump.CallerGone ? OutcomeWords.ClientGone : broken.Word;
        var posting = Postings.Posted(call, metered, word);
        var ended = broken.Final() with { Begun = true, Usage = metered };
        // Whoever asks again is told what this caller would have been, had it stayed.
        var receipt = await settlement.PostAsync(call.Plan, posting, answers.Of(call, posting, ended.ToAnswer(pump.By), pump.Tape));
        return pump.CallerGone
            ? new Answered(new ProviderAnswer.Streamed(pump.By, metered.Usage, receipt, word))
            : ended with { Receipt = receipt };
    }

    /// <summary>A whole answer that came in place of a stream, as one; or why it is none.</summary>
    private static async Task<(Stream? Events, bool Odd, Failed? Failed)> SpreadAsync(Attempt attempt, Stream whole, UpstreamTimer timer)
    {
        var (call, options) = (attempt.Call, attempt.Client.Options);
        if (await ResponseBytes.ReadAsync(whole, options.MaxResponseBytes, options.IdleTimeout, timer) is not { } body)
            return (null, false, AttemptVerdicts.NoAnswer(OutcomeWords.TooLarge).Final());
        if (CompletionReader.Refuse(attempt, body, out var scan) is { } failed) return (null, false, failed);
        var odd = CompletionReader.HadOddChoices(call, scan, ref body);
        return SpreadAnswer.Of(call.Request.Api, body) is { } events
            ? (new MemoryStream(events), odd, null)
            : (null, odd, CompletionReader.Charged(AttemptVerdicts.NoAnswer(OutcomeWords.JsonForStream), scan, attempt));
    }
}
