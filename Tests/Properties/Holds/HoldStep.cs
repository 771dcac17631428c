using CsCheck;

namespace OrleansGateway.Tests.Properties.Holds;

/// <summary>What happens next in a history.</summary>
internal enum Act
{
    /// <summary>A request comes.</summary>
    Come,

    /// <summary>A request does what it has to do next, at one of the two activations.</summary>
    Step,

    /// <summary>Two requests do so at once, at the same activation: their entries share an append or follow each other.</summary>
    StepTogether,

    /// <summary>A request's processes are lost.</summary>
    Die,

    /// <summary>An activation is lost; the next call reads the book again.</summary>
    Crash,
    Sweep,

    /// <summary>Appends that were given up reach the store.</summary>
    LateAppendsLand,
    Credit,
    Refund,
    Snapshot,
}

/// <summary>One event: of which request, at which activation, with which fault.</summary>
internal sealed record HoldStep(Act Act, int Which, int At, AppendFault Fault, bool ReplyLost, int Choice)
{
    public static readonly Gen<HoldStep> Gen = CsCheck.Gen.Select(
        CsCheck.Gen.Frequency(
            (5, CsCheck.Gen.Const(Act.Come)), (16, CsCheck.Gen.Const(Act.Step)), (5, CsCheck.Gen.Const(Act.StepTogether)),
            (2, CsCheck.Gen.Const(Act.Die)), (3, CsCheck.Gen.Const(Act.Crash)),
            (3, CsCheck.Gen.Const(Act.Sweep)), (3, CsCheck.Gen.Const(Act.LateAppendsLand)), (1, CsCheck.Gen.Const(Act.Credit)),
            (1, CsCheck.Gen.Const(Act.Refund)), (1, CsCheck.Gen.Const(Act.Snapshot))),
        CsCheck.Gen.Int[0, 9], CsCheck.Gen.Int[0, 1],
        CsCheck.Gen.Frequency(
            (12, CsCheck.Gen.Const(AppendFault.None)), (2, CsCheck.Gen.Const(AppendFault.ReplyLost)),
            (1, CsCheck.Gen.Const(AppendFault.Lost)), (2, CsCheck.Gen.Const(AppendFault.Late))),
        CsCheck.Gen.Frequency((9, CsCheck.Gen.Const(false)), (1, CsCheck.Gen.Const(true))),
        CsCheck.Gen.Int[0, 999])
        .Select(x => new HoldStep(x.Item1, x.Item2, x.Item3, x.Item4, x.Item5, x.Item6));
}
