namespace OrleansGateway.Simulator;

/// <summary>How truthfully an answer reports its usage; the bill always holds the truth.</summary>
public enum UsageShape
{
    /// <summary>As OpenAI reports it.</summary>
    Normal,

    /// <summary>No usage at all.</summary>
    Missing,

    /// <summary>Completion tokens below zero.</summary>
    Negative,

    /// <summary>Half a token too many.</summary>
    Fractional,

    /// <summary>Far more tokens than 32 bits hold.</summary>
    Huge,

    /// <summary>A total that is not the sum.</summary>
    WrongSum,

    /// <summary>A thousand completion tokens above what the request allowed.</summary>
    AboveCap,

    /// <summary>Once with half the numbers, then right; in JSON as a repeated property.</summary>
    Twice,

    /// <summary>A running total in every chunk.</summary>
    Cumulative,

    /// <summary>Spelled <c>input_tokens</c> and <c>output_tokens</c>.</summary>
    InputOutputSpelling,
}
