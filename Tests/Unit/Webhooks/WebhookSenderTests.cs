using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Webhooks;

public sealed class WebhookSenderTests
{
    private static readonly WebhookEvent Event = new() { Id = "evt_1", Type = WebhookEvent.TestType, At = DateTimeOffset.UnixEpoch };
    private static readonly string Secret = "whsec_" + Convert.ToBase64String(new byte[32]);

    [Fact]
    public async Task A_2xx_acknowledges_and_anything_else_does_not()
    {
        await using var receiver = await WebhookReceiver.StartAsync(failures: 1);

        Assert.Equal((500, false), await SendAsync(receiver.Url));
        Assert.Equal((204, true), await SendAsync(receiver.Url));
        Assert.Equal((307, false), await SendAsync(receiver.Url.Replace("/hook", "/moved", StringComparison.Ordinal)));
        Assert.Equal((404, false), await SendAsync(receiver.Url + "/nowhere"));
        Assert.All(receiver.All, r => Assert.True(r.IsSignedWith(Secret)));
    }

    [Fact]
    public async Task Whom_a_tenant_lets_call_is_in_no_metric()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var ports = new ConcurrentBag<object?>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "System.Net.Http") listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => ports.Add(tags.ToArray().SingleOrDefault(tag => tag.Key == "server.port").Value));
        listener.Start();
        var port = new Uri(receiver.Url).Port;

        Assert.Equal((204, true), await SendAsync(receiver.Url));
        Assert.DoesNotContain(port, ports);

        // The port would be there of any other client.
        using var http = PlainClient.Create();
        using (await http.GetAsync(new Uri(receiver.Url))) Assert.Contains(port, ports);
    }

    [Fact]
    public async Task A_name_is_refused_for_the_addresses_it_stands_for()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var url = receiver.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

        var answer = await AnswerAsync(url, production: true);

        Assert.Null(answer.Status);
        Assert.Contains("localhost is no public address", answer.Error, StringComparison.Ordinal);
        Assert.Empty(receiver.All);
        Assert.Null((await AnswerAsync(url, production: false)).Error);
    }

    [Fact]
    public async Task Who_is_not_there_or_never_answers_fails_without_an_answer()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;

        var unanswered = await AnswerAsync($"http://127.0.0.1:{port}/", options: new WebhookOptions { Timeout = TimeSpan.FromMilliseconds(100) });
        silent.Stop();
        var refused = await AnswerAsync($"http://127.0.0.1:{port}/");

        Assert.Equal((null, "No answer within 00:00:00.1000000."), (unanswered.Status, unanswered.Error));
        Assert.Equal((null, "The connection failed: ConnectionError."), (refused.Status, refused.Error));
        Assert.NotNull((await AnswerAsync("http://127.0.0.1:9/", secret: null)).Error);
    }

    private static async Task<(int?, bool)> SendAsync(string url)
    {
        var answer = await AnswerAsync(url);
        return (answer.Status, answer.Error is null);
    }

    private static async Task<WebhookAnswer> AnswerAsync(string url, bool production = false, WebhookOptions? options = null, string? secret = "")
    {
        options ??= new WebhookOptions();
        using var sender = new WebhookSender(new WebhookTransport(new WebhookAddresses(options, production)), options, TimeProvider.System);
        return await sender.SendAsync("acme", Event, new WebhookPolicy { Url = url, Events = [WebhookEvent.BudgetThresholdType], Secret = secret is "" ? Secret : secret });
    }
}
