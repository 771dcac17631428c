namespace OrleansGateway.Tests.EndToEnd.Sdks;

/// <summary>One gateway for the official clients: none but their calls are on its simulator's bill.</summary>
[CollectionDefinition(nameof(SdkGateway))]
public sealed class SdkGateway : ICollectionFixture<SharedGateway>;
