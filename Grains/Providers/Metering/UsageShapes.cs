namespace OrleansGateway;

/// <summary>
/// Makes one meaning of the shapes in which providers, and relays between them and us, report usage: parts are parts of their wholes. Where a shape
/// can be read in two ways the total decides, and where that does not either, the dearer reading is taken.
/// </summary>
internal static class UsageShapes
{
    /// <summary>The usage, when the numbers can be true.</summary>
    /// <param name="reported">What the upstream wrote.</param>
    /// <param name="kind">What it was asked for.</param>
    /// <param name="reasoning">Whether the model may think in tokens that only a total counts.</param>
    /// <param name="usage">What it means.</param>
    public static bool TryRead(in ReportedUsage reported, ModelKind kind, bool reasoning, out TokenUsage usage)
    {
        usage = default;
        if (reported.IsOdd) return false;

        // Relays fill a spelling they do not use with zeros. DeepSeek's hits and misses are its whole prompt.
        var input = Math.Max(reported.Prompt, reported.Input);
        if (reported.CacheHit + reported.CacheMiss > 0) input = Math.Max(input, reported.CacheHit + reported.CacheMiss);
        var output = Math.Max(reported.Completion, reported.Output);
        if (output < 0) output = kind == ModelKind.Embeddings ? 0 : reported.Total - input;
        if (input < 0 || output < 0) return false;

        var thought = reported.Reasoning;
        if (IsBesideOutput(reported, input, output)) output += thought;

        var written = Math.Max(Math.Max(reported.CacheCreation, reported.Written), reported.ShortWrite + reported.LongWrite);
        var cached = Math.Max(Math.Max(reported.CacheRead, reported.CacheHit), reported.Cached);
        var isBeside = IsBesideInput(reported, input, output, cached + written);
        if (isBeside) input += cached + written;
        else cached = LeastTold(reported);

        if (reported.Total != ReportedUsage.Absent)
        {
            var untold = reported.Total - (input + output);
            // Gemini's total counts its thoughts, which in OpenAI's shape it does not tell apart. Of any other model a sum that is wrong is wrong.
            if (untold > 0 && !reasoning) return false;
            if (untold > 0) (output, thought) = (output + untold, Math.Min(thought, output) + untold);
            // A relay that adds up Anthropic's numbers as if they were OpenAI's leaves the cache out.
            if (untold < 0 && !(isBeside && untold == -(cached + written))) return false;
        }

        usage = new TokenUsage(input, output, cached, thought, written, Math.Min(reported.LongWrite, written), reported.AudioInput, reported.ImageInput, reported.AudioOutput);
        // Every request has some input: numbers that say otherwise are of a relay that knows none.
        return usage.IsPlausible && usage.Input > 0;
    }

    /// <summary>
    /// Whether reasoning comes on top of the completion, against OpenAI's definition: Gemini's and Grok's count the answer alone, and say so by
    /// their totals, or by more reasoning than there is completion.
    /// </summary>
    private static bool IsBesideOutput(in ReportedUsage reported, long input, long output) =>
        reported.Reasoning > output
        || (reported.Reasoning > 0 && reported.Total > input + output && reported.Total == input + output + reported.Reasoning);

    /// <summary>
    /// Whether cached and written tokens come on top of the input. OpenAI's and DeepSeek's are parts of it unless the total adds them. Anthropic's are
    /// not; a relay that has added them to the prompt says so by prompt_tokens and a total without them.
    /// </summary>
    private static bool IsBesideInput(in ReportedUsage reported, long input, long output, long cache)
    {
        if (cache == 0) return false;
        if (reported.CacheRead + reported.CacheCreation == 0) return reported.Total == input + cache + output;
        return cache > input || reported.Prompt <= 0 || reported.Total != input + output;
    }

    /// <summary>The fewest cached tokens among the fields that tell any: cached is cheap.</summary>
    private static long LeastTold(in ReportedUsage reported)
    {
        var least = long.MaxValue;
        if (reported.CacheRead > 0) least = reported.CacheRead;
        if (reported.CacheHit > 0) least = Math.Min(least, reported.CacheHit);
        if (reported.Cached > 0) least = Math.Min(least, reported.Cached);
        return least == long.MaxValue ? 0 : least;
    }
}
