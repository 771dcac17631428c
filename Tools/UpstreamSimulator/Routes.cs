namespace OrleansGateway.Simulator;

/// <summary>Maps plain request delegates, without the reflection of minimal APIs.</summary>
internal static class Routes
{
    public static void Map(this IEndpointRouteBuilder routes, string pattern, string method, RequestDelegate handle) =>
        routes.MapMethods(pattern, [method], handle);
}
