using System.Text.Unicode;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>Takes an answer that comes whole: reads it, proves that it is one, posts what it cost.</summary>
internal sealed class CompletionReader(Settlement settlement, KeptAnswers answers)
{
    public async Task<AttemptOutcome> ReadAsync(UpstreamCall call, HttpResponseMessage response, UpstreamTimer timer)
    {
        var options = call.Client.Options;
        var read = await ResponseBytes.ReadAsync(response, options.MaxResponseBytes, options.IdleTimeout, timer);
        if (read is not { } body) return AttemptVerdicts.NoAnswer(OutcomeWords.TooLarge).Final();
        if (GatheredAnswer.MayBe(body.Span))
        {
            var gathered = GatheredAnswer.Of(call.Request.Api, body.Span);
            if (gathered.Body is not { } whole) return Broken(gathered, call);
            // Put together it may be longer than it came.
            if (whole.Length > options.MaxResponseBytes) return AttemptVerdicts.NoAnswer(OutcomeWords.TooLarge).Final();
            body = whole;
        }
        if (Refuse(call, body, out var scan) is { } failed) return failed;

        FailPoints.Hit(FailPoint.UpstreamEnded);
        var metered = UsageMeter.Judge(scan.Usage, call, scan.ContentBytes);
        var odd = false;
        // One choice is neither one too many nor there twice.
        if (call.Request.Api == UpstreamApi.Chat && scan.ContentCount > 1 && !new ChoiceFilter(call.Plan.Choices, whole: true).Passes(body.Span, out var asked)) (odd, body) = (true, asked!);
        var word = odd && metered.Word == OutcomeWords.Ok ? OutcomeWords.ChoicesOdd : metered.Word;
        var posting = Postings.Posted(call, metered, word);
        var answer = new ProviderAnswer.Completed(call.By, body, metered.Usage, default, word) { Took = answers.Took(call) };
        var receipt = await settlement.PostAsync(call.Plan, posting, answers.Of(call, posting, answer));
        FailPoints.Hit(FailPoint.AfterPost);
        return new Answered(answer with { Receipt = receipt });
    }

    /// <summary>Why a body is no answer; null when it is one.</summary>
    public static Failed? Refuse(UpstreamCall call, ReadOnlyMemory<byte> body, out AnswerScan scan)
    {
        scan = default;
        if (!Utf8.IsValid(body.Span) || !AnswerScan.TryScan(body.Span, out scan, call.Request.Api))
            return AttemptVerdicts.NotAnAnswer(body.Span);
        // An error beside an answer is one of an upstream that had begun its work.
        if (scan.HasError) return Charged(AttemptVerdicts.OfErrorInAnswer(call.Client.ParseError(body), call.Client.Options.BillsServerErrors || scan.IsAnswer), scan, call);
        return scan.IsAnswer ? null : Charged(AttemptVerdicts.NotAnAnswer(body.Span), scan, call);
    }

    /// <summary>A failure that the upstream charges for all the same ends the call: its hold is used up.</summary>
    public static Failed Charged(Failed failed, in AnswerScan scan, UpstreamCall call) => Charged(failed, scan.Usage, call);

    private static Failed Charged(Failed failed, ReportedUsage? usageTold, UpstreamCall call) =>
        usageTold is { } reported && UsageShapes.TryRead(reported, call.Request.Api.Kind(), call.Tried.Reasoning, out var usage)
            ? failed.Final() with { Usage = new MeteredUsage(usage, Estimated: false, failed.Word, reported.Cost) }
            : failed;

    /// <summary>A stream that came in place of an answer, and broke.</summary>
    private static Failed Broken(GatheredAnswer gathered, UpstreamCall call) => Charged(
        gathered.Error is { } error ? AttemptVerdicts.OfErrorEvent(call.Client.ParseError(error)) : AttemptVerdicts.NoAnswer(OutcomeWords.StreamForJson), gathered.Usage, call);
}
