namespace OrleansGateway.Simulator;

/// <summary>One choice of an answer: text, or the arguments of one tool call.</summary>
internal sealed record ChatChoice(int Index, IReadOnlyList<Piece> Pieces, string FinishReason)
{
    public string? Tool { get; init; }

    /// <summary>The tool call's id.</summary>
    public string? ToolId { get; init; }

    /// <summary>Tokens the tool's name takes; they come with the choice's first chunk.</summary>
    public int NameTokens { get; init; }

    public int Tokens => NameTokens + Pieces.Sum(piece => piece.Tokens);

    public string Text => string.Concat(Pieces.Select(piece => piece.Text));
}
