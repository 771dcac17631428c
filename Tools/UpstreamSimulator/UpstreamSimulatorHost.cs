using Microsoft.AspNetCore.Hosting.Server;

namespace OrleansGateway.Simulator;

/// <summary>Builds the simulator: for its own process, or inside another one, of whose configuration and log it then takes no notice.</summary>
public static class UpstreamSimulatorHost
{
    private static readonly TimeSpan Shutdown = TimeSpan.FromSeconds(2);

    /// <summary>Runs until the process is told to stop; faults in the configuration end it with a message.</summary>
    public static void Run(string[] args)
    {
        SimulatorOptions options;
        try
        {
            options = SimulatorConfiguration.Read(args);
        }
        catch (SimulatorConfigurationException wrong)
        {
            Console.Error.WriteLine(wrong.Message);
            Environment.ExitCode = 1;
            return;
        }

        using var app = Build(options, logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning));
        var simulator = app.GetSimulator();
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"Upstream simulator listens on {simulator.BaseAddress}"));
        app.Run();
    }

    /// <summary>Not started yet; it logs nothing and reads no configuration.</summary>
    public static WebApplication Create(SimulatorOptions options) => Build(options, _ => { });

    private static WebApplication Build(SimulatorOptions options, Action<ILoggingBuilder> log)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        log(builder.Logging);
        builder.WebHost
            .UseKestrelCore()
            .UseSockets(sockets => sockets.MaxWriteBufferSize = 1) // a flush returns when the network has the bytes, so that a cut comes after them
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.Limits.MinResponseDataRate = null;
                kestrel.Limits.MinRequestBodyDataRate = null;
                kestrel.Limits.MaxRequestHeadersTotalSize = 1 << 20;
            });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Shutdown);
        builder.Services.AddSingleton(services => new SimulatorHandle(options, services.GetRequiredService<IServer>()));

        var app = builder.Build();
        app.Urls.Add(SimulatorConfiguration.Bindable(options.Url));
        Map(app, options);
        return app;
    }

    private static void Map(WebApplication app, SimulatorOptions options)
    {
        var simulator = app.GetSimulator();
        var calls = new CallPipeline(simulator, options, app.Lifetime.ApplicationStopping);
        var models = new ModelListApi(options);
        var chat = ChatComposer.For(ChatRequest.Read, ChatWire.Instance);
        var responses = ChatComposer.For(ResponsesRequests.Read, ResponsesWire.Instance);
        var messages = ChatComposer.For(MessagesRequests.Read, MessagesWire.Instance);

        app.Map("/v1/chat/completions", HttpMethods.Post, http => calls.RunAsync(http, chat));
        app.Map("/v1/responses", HttpMethods.Post, http => calls.RunAsync(http, responses));
        app.Map("/v1/messages", HttpMethods.Post, http => calls.RunAsync(http, messages));
        app.Map("/v1/embeddings", HttpMethods.Post, http => calls.RunAsync(http, EmbeddingsComposer.Compose));
        app.Map("/v1/models", HttpMethods.Get, models.ListAsync);
        app.Map("/v1/models/{**id}", HttpMethods.Get, models.GetAsync);
        app.Map("/health", HttpMethods.Get, http => ErrorAnswers.WriteTextAsync(http, StatusCodes.Status200OK, "{\"status\":\"healthy\"}", "application/json"));
        new AdminApi(simulator).Map(app);
        app.MapFallback("{**path}", ErrorAnswers.UnknownUrlAsync);
    }
}
