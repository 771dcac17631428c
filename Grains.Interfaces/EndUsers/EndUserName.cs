namespace OrleansGateway;

/// <summary>How an end user may be called.</summary>
public static class EndUserName
{
    /// <summary>Characters at most.</summary>
    public const int MaxLength = 256;
}
