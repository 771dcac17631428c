namespace OrleansGateway.Admin;

/// <summary>A strong ETag; versions count up, so a version names one state.</summary>
internal readonly record struct EntityTag(string Quoted)
{
    public static EntityTag Of(long version) => new($"\"v{version}\"");

    /// <summary>A tag for any text: what a tag may not hold is escaped.</summary>
    public static EntityTag Of(string text) => new($"\"{Uri.EscapeDataString(text)}\"");

    public override string ToString() => Quoted;
}
