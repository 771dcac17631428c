namespace OrleansGateway;

/// <summary>In which form the caller gets the answer.</summary>
internal enum AnswerForm
{
    /// <summary>The upstream's own bytes.</summary>
    Upstream,

    /// <summary>Model, content, latency, tokens and cost.</summary>
    Short,

    /// <summary>The upstream's, with vectors in base64.</summary>
    Base64,
}
