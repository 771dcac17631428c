namespace OrleansGateway.Simulator;

/// <summary>What a call cost in tokens; cached are part of the input, reasoning is part of the output.</summary>
internal readonly record struct UsageTokens(int Input, int Cached, int Output, int Reasoning);
