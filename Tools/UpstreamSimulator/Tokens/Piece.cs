namespace OrleansGateway.Simulator;

/// <summary>A stretch of answer and how many tokens it is made of.</summary>
internal readonly record struct Piece(string Text, int Tokens);
