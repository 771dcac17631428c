using System.Text.Unicode;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>Takes an answer that comes whole: reads it, proves that it is one, posts what it cost.</summary>
internal sealed class CompletionReader(Settlement settlement, KeptAnswers answers)
{
    public async Task<AttemptOutcome> ReadAsync(Attempt attempt, HttpResponseMessage response, UpstreamTimer timer)
    {
        var (call, options) = (attempt.Call, attempt.Client.Options);
        var read = await ResponseBytes.ReadAsync(response, options.MaxResponseBytes, options.IdleTimeout, timer);
        if (read is not { } body) return AttemptVerdicts.NoAnswer(OutcomeWords.TooLarge).Final();
        if (GatheredAnswer.MayBe(body.Span))
        {
            var gathered = GatheredAnswer.Of(call.Request.Api, body.Span);
            if (gathered.Body is not { } whole) return Broken(gathered, attempt);
            // Put together it may be longer than it came.
            if (whole.Length > options.MaxResponseBytes) return AttemptVerdicts.NoAnswer(OutcomeWords.TooLarge).Final();
            body = whole;
        }
        if (Refuse(attempt, body, out var scan) is { } failed) return failed;

        FailPoints.Hit(FailPoint.UpstreamEnded);
        var metered = UsageMeter.Judge(scan.Usage, call, scan.ContentBytes);
        var odd = HadOddChoices(call, scan, ref body);
        var word = odd && metered.Word == OutcomeWords.Ok ? OutcomeWords.ChoicesOdd : metered.Word;
        var posting = Postings.Posted(call, metered, word);
        var answer = new ProviderAnswer.Completed(attempt.By, body, metered.Usage, default, word) { Took = answers.Took(call) };
        var receipt = await settlement.PostAsync(call.Plan, posting, answers.Of(call, posting, answer));
        FailPoints.Hit(FailPoint.AfterPost);
        return new Answered(answer with { Receipt = receipt });
    }

    /// <summary>Whether an answer has more choices than were asked for, or one twice; leaves those that were asked for.</summary>
    public static bool HadOddChoices(UpstreamCall call, in AnswerScan scan, ref ReadOnlyMemory<byte> body)
    {
        // One choice is neither one too many nor there twice.
        if (call.Request.Api != UpstreamApi.Chat || scan.ContentCount <= 1 || new ChoiceFilter(call.Plan.Choices, whole: true).Passes(body.Span, out var asked)) return false;
        body = asked!;
        return true;
    }

    /// <summary>Why a body is no answer; null when it is one.</summary>
    public static Failed? Refuse(Attempt attempt, ReadOnlyMemory<byte> body, out AnswerScan scan)
    {
        scan = default;
        if (!Utf8.IsValid(body.Span) || !AnswerScan.TryScan(body.Span, out scan, attempt.Call.Request.Api))
            return AttemptVerdicts.NotAnAnswer(body.Span);
        // An error beside an answer is one of an upstream that had begun its work.
        var bills = attempt.Client.Options.BillsServerErrors || scan.IsAnswer;
        if (scan.HasError) return Charged(AttemptVerdicts.OfErrorInAnswer(attempt.Client.ParseError(body), bills), scan, attempt);
        return scan.IsAnswer ? null : Charged(AttemptVerdicts.NotAnAnswer(body.Span), scan, attempt);
    }

    /// <summary>A failure that the upstream charges for all the same ends the call: its hold is used up.</summary>
    public static Failed Charged(Failed failed, in AnswerScan scan, Attempt attempt) => Charged(failed, scan.Usage, attempt);

    private static Failed Charged(Failed failed, ReportedUsage? usageTold, Attempt attempt) =>
        usageTold is { } reported && UsageShapes.TryRead(reported, attempt.Call.Request.Api.Kind(), attempt.Target.Reasoning, out var usage)
            ? failed.Final() with { Usage = new MeteredUsage(usage, Estimated: false, failed.Word, reported.Cost) }
            : failed;

    /// <summary>A stream that came in place of an answer, and broke.</summary>
    private static Failed Broken(GatheredAnswer gathered, Attempt attempt) => Charged(
        gathered.Error is { } error ? AttemptVerdicts.OfErrorEvent(attempt.Client.ParseError(error)) : AttemptVerdicts.NoAnswer(OutcomeWords.StreamForJson),
        gathered.Usage, attempt);
}
