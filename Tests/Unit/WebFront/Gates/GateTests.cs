using System.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace OrleansGateway.Tests;

/// <summary>There is one way to an upstream, and no route beside it.</summary>
public sealed class GateTests
{
    [Fact]
    public async Task Every_route_of_the_data_plane_that_takes_a_POST_goes_through_the_gate()
    {
        await using var front = await FrontHarness.StartAsync();
        var endpoints = front.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => !(e.RoutePattern.RawText ?? "").StartsWith("/admin/", StringComparison.Ordinal)).ToList();

        var billable = endpoints.Where(e => e.Metadata.GetMetadata<BillableRoute>() is not null).ToList();

        Assert.Equal(BillableRoutes.All.Select(r => r.Pattern).Order(), billable.Select(e => e.RoutePattern.RawText).Order());
        Assert.Equal([], endpoints.Except(billable).Where(MayPost).Select(e => e.RoutePattern.RawText));
    }

    [Fact]
    public async Task A_route_that_only_tells_takes_no_POST()
    {
        await using var front = await FrontHarness.StartAsync();
        foreach (var endpoint in front.Services.GetRequiredService<EndpointDataSource>().Endpoints
                .OfType<RouteEndpoint>()
                .Where(e => e.Metadata.GetMetadata<DataPlane.TellingRoute>() is not null))
        {
            using var response = await front.PostAsync(
                endpoint.RoutePattern.RawText!
                    .Replace("{**id}", "x", StringComparison.Ordinal)
                    .Replace("{**path}", "v1/none", StringComparison.Ordinal)
                    .Replace("{id}", "x", StringComparison.Ordinal),
                "{}");
            Assert.True((int)response.StatusCode is 404 or 405, $"{endpoint.RoutePattern.RawText}: {response.StatusCode}");
        }

        Assert.Empty(front.Grains.Pool.Requests);
    }

    [Fact]
    public void Nobody_but_the_gate_holds_the_pool()
    {
        var holders = typeof(WebFrontHost).Assembly.GetTypes()
            .Where(t => t.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
                    .Any(f => typeof(IProviderPool).IsAssignableFrom(f.FieldType))
                || t.GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
                    .Any(c => c.GetParameters().Any(p => typeof(IProviderPool).IsAssignableFrom(p.ParameterType))))
            .Where(t => !t.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute)));

        Assert.Equal([nameof(Gate)], holders.Select(t => t.Name).Order());
    }

    // Without a list of methods an endpoint takes all.
    private static bool MayPost(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<DataPlane.TellingRoute>() is null
        && (endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is not { } methods || methods.HttpMethods.Contains("POST"));
}
