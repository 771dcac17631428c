namespace OrleansGateway;

/// <summary>In which form the caller gets the answer.</summary>
internal enum ChatForm
{
    /// <summary>The upstream's own bytes.</summary>
    Full,

    /// <summary>Model, content, latency, tokens and cost.</summary>
    Short,
}
