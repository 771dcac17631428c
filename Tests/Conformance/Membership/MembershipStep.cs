namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>One step of a random history, through one of two handles.</summary>
internal abstract record MembershipStep(int Handle)
{
    /// <summary>With the version as this handle last read it, or as it is now.</summary>
    public sealed record Insert(int Handle, int Silo, bool Stale) : MembershipStep(Handle);

    /// <summary>Likewise.</summary>
    public sealed record Update(int Handle, int Silo, SiloStatus Status, int Votes, bool Stale) : MembershipStep(Handle);

    public sealed record Heartbeat(int Handle, int Silo) : MembershipStep(Handle);

    /// <summary>Before so many minutes after the start of all.</summary>
    public sealed record Cleanup(int Handle, int Minutes) : MembershipStep(Handle);

    public sealed record Initialise(int Handle) : MembershipStep(Handle);

    public sealed record Read(int Handle) : MembershipStep(Handle);

    public sealed record ReadRow(int Handle, int Silo) : MembershipStep(Handle);
}
