namespace OrleansGateway;

/// <summary>What a feature serves on the management listener.</summary>
internal interface IManagementRoutes
{
    /// <summary>Adds its routes, before the listener starts.</summary>
    void Map(WebApplication management);
}
