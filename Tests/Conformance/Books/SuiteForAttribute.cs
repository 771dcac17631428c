namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>Says which implementation a conformance suite runs against.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class SuiteForAttribute(Type implementation) : Attribute
{
    public Type Implementation { get; } = implementation;
}
