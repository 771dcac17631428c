namespace OrleansGateway;

/// <summary>Knows holds by their first bytes: half of a book are holds, which add nothing to usage, are no lines of the ledger, and are not worth parsing.</summary>
internal static class HeldEntries
{
    private static readonly byte[] Start = "{\"kind\":\"held\""u8.ToArray();

    /// <summary>Never of another entry; a hold that is written otherwise is not recognized, and parsed.</summary>
    public static bool IsHeld(RawEntry raw) => raw.Bytes.Span.StartsWith(Start);
}
