namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>One step of a random history.</summary>
internal abstract record BookStep
{
    private BookStep()
    {
    }

    /// <summary>An append that expects a count which is off by so many from the real one.</summary>
    public sealed record Append(int Tenant, int OffBy, int Entries) : BookStep;

    /// <summary>One of the appends so far once more, counted back from the last.</summary>
    public sealed record Repeat(int Tenant, int Back) : BookStep;

    public sealed record Read(int Tenant, int From) : BookStep;

    public sealed record Count(int Tenant) : BookStep;

    public sealed record Disturb : BookStep;
}
