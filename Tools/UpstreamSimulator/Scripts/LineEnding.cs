namespace OrleansGateway.Simulator;

/// <summary>How lines of an event stream end.</summary>
public enum LineEnding
{
    /// <summary>Line feed.</summary>
    Lf,

    /// <summary>Carriage return and line feed.</summary>
    Crlf,

    /// <summary>Carriage return alone.</summary>
    Cr,
}
