// What forwarding alone costs on this runtime: YARP with one route to one upstream, no log, nothing counted. Takes its own address and the upstream's.
using Yarp.ReverseProxy.Configuration;

if (args is not [var urls, var upstream])
{
    Console.Error.WriteLine("usage: YarpProxy http://127.0.0.1:PORT http://UPSTREAM");
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls(urls).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
builder.Services.AddReverseProxy().LoadFromMemory(
    [new RouteConfig { RouteId = "all", ClusterId = "upstream", Match = new RouteMatch { Path = "/v1/{**rest}" } }],
    [new ClusterConfig { ClusterId = "upstream", Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = upstream } } }]);
var app = builder.Build();
app.MapGet("/health", () => "ok");
app.MapReverseProxy();
await app.RunAsync();
return 0;
