using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>What the program really says at <c>/metrics</c> after callers met it, and whether the table, the dashboard and the alerts speak of that.</summary>
public sealed partial class MetricsTests(MetricsTests.Scraped scraped) : IClassFixture<MetricsTests.Scraped>
{
    // What it takes more than a few calls to make, or a store that silos share; unit tests have their names and labels.
    private static readonly string[] Rare =
    [
        "gateway_clock_offset_seconds", "gateway_cost_absorbed_nUSD_total", "gateway_cost_compared_total", "gateway_cost_drift_nUSD", "gateway_cost_overruns_total",
    ];

    // From the Prometheus that reads it.
    private static readonly string[] OfTheReader = ["namespace", "pod", "job", "instance", "le"];

    [Fact]
    public void It_says_what_the_table_says_and_nothing_else()
    {
        var metrics = scraped.Metrics;
        foreach (var metric in Metrics.All)
        {
            if (Rare.Contains(metric.PrometheusName)) continue;
            var kind = metric.Kind switch { MetricKind.Counter => "counter", MetricKind.Histogram => "histogram", _ => "gauge" };
            Assert.Equal((metric.PrometheusName, kind), (metric.PrometheusName, metrics.Types.GetValueOrDefault(metric.PrometheusName)));
            Assert.Equal(metric.Labels.Select(label => label.Replace('.', '_')).Order(), metrics.Labels[metric.PrometheusName].Order());
        }
        Assert.Empty(metrics.Types.Keys
            .Where(name => name.StartsWith("gateway_", StringComparison.Ordinal) || name.StartsWith("gen_ai_", StringComparison.Ordinal))
            .Except(Metrics.All.Select(metric => metric.PrometheusName)));
    }

    [Fact]
    public void The_figures_are_those_of_the_calls()
    {
        var metrics = scraped.Metrics;
        Assert.Equal(4, metrics.Sum("gateway_admissions_total", "gateway_tenant=\"acme\"", "gateway_outcome=\"granted\""));
        Assert.Equal(1, metrics.Sum("gateway_denials_total", "gateway_reason=\"model_not_found\""));
        Assert.Equal(4, metrics.Sum("gateway_request_duration_seconds_count", "http_response_status_code=\"200\"", "http_route=\"/v1/chat/completions\""));
        Assert.Equal(1, metrics.Sum("gateway_fallbacks_total", "gen_ai_request_model=\"gpt-4.1\"", "gen_ai_response_model=\"deepseek-v3.2\"", "gateway_reason=\"upstream_404\""));
        Assert.Equal(1, metrics.Sum("gen_ai_client_operation_duration_seconds_count", "error_type=\"upstream_404\""));
        Assert.Equal(1, metrics.Sum("gen_ai_client_operation_time_to_first_chunk_seconds_count"));
        Assert.Equal(2, metrics.Sum("gateway_queue_wait_duration_seconds_count", "gateway_outcome=\"served\""));
        Assert.Equal((0, 0), (metrics.Sum("gateway_request_active"), metrics.Sum("gateway_holds_open", "pending")));
        Assert.Equal((double)scraped.Billed.NanoDollars, metrics.Sum("gateway_cost_invoiced_nUSD_total"));
    }

    [Fact]
    public void Orleans_the_runtime_and_what_the_autoscaler_reads_are_there()
    {
        foreach (var name in new[]
        {
            "orleans_catalog_activations", "dotnet_process_cpu_time_seconds_total", "kestrel_active_connections",
            "http_client_active_requests", "target_info",
        })
            Assert.Contains(name, scraped.Metrics.Types.Keys);
    }

    [Fact]
    public void Openmetrics_are_given_to_those_who_ask_for_them() => Assert.EndsWith("# EOF\n", scraped.OpenMetrics, StringComparison.Ordinal);

    [Fact]
    public void The_dashboards_queries_ask_for_what_is_there()
    {
        var queries = Panels().ToList();
        Assert.InRange(queries.Count, 30, 100);
        foreach (var (query, legend) in queries)
        {
            AssertAnswered(query);
            Assert.Empty(Legend().Matches(legend).Select(match => match.Groups[1].Value).Except(PromQl.Read(query).Grouped));
        }
    }

    [Fact]
    public void The_alerts_ask_for_what_is_there_and_say_so_in_words()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "operations.md"));
        var found = Alerts().ToList();
        Assert.InRange(found.Count, 10, 40);
        foreach (var rule in found)
        {
            var query = rule.GetProperty("expr").GetString()!;
            AssertAnswered(query);
            Assert.Contains(rule.GetProperty("labels").GetProperty("severity").GetString(), new[] { "page", "ticket" });
            Assert.Contains($"`{rule.GetProperty("alert").GetString()}`", page, StringComparison.Ordinal);
            foreach (Match label in AlertLabel().Matches(rule.GetProperty("annotations").GetProperty("summary").GetString()!))
                Assert.Contains(label.Groups[1].Value, PromQl.Read(query).Grouped);
        }
    }

    [Fact]
    public void An_alert_or_a_panel_of_what_was_added_sees_what_a_series_began_with()
    {
        var added = Alerts()
            .Select(rule => rule.GetProperty("expr").GetString()!)
            .Concat(Panels().Select(panel => panel.Query))
            .SelectMany(
                query => Added().Matches(query),
                (query, match) => (Query: query, Series: match.Groups["series"].Value, Window: match.Groups["window"].Value));
        var labelled = added.Where(one => Metrics.All.Any(metric => metric.Labels.Length > 0 && one.Series.StartsWith(metric.PrometheusName, StringComparison.Ordinal))).ToList();
        Assert.InRange(labelled.Count, 7, 30);
        Assert.All(labelled, one => Assert.Contains($"({one.Series} unless {one.Series} offset {one.Window})", one.Query, StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_dashboard_lets_choose_is_asked_for_and_chosen_by_all_that_have_it()
    {
        var variables = Dashboard().GetProperty("templating").GetProperty("list").EnumerateArray()
            .Where(variable => variable.GetProperty("type").GetString() == "query").ToDictionary(variable => variable.GetProperty("name").GetString()!);
        Assert.Equal(["namespace", "tenant"], variables.Keys.Order());
        foreach (var variable in variables.Values)
        {
            var asked = VariableQuery().Match(variable.GetProperty("definition").GetString()!);
            AssertAnswered(asked.Groups["query"].Value);
            var label = asked.Groups["label"].Value;
            var name = variable.GetProperty("name").GetString();
            foreach (var (query, _) in Panels())
            {
                // Of the processes' own figures no tenant can be told apart.
                var has = PromQl.Read(query).Selected.All(
                    one => label == "namespace" || Metrics.All.Any(metric => metric.PrometheusName == one.Sample && metric.Labels.Contains("gateway.tenant")));
                Assert.Equal(has, query.Contains($"{label}=~\"${name}\"", StringComparison.Ordinal));
            }
        }
        var denials = Assert.Single(Panels(), panel => panel.Query.Contains("gateway_denials", StringComparison.Ordinal));
        Assert.Contains("{{gateway_tenant}}", denials.Legend, StringComparison.Ordinal);
    }

    [Fact]
    public void An_alert_on_circuits_goes_on_while_one_is_tried_again()
    {
        // With an upstream that hangs a circuit is open, half-open and open in turns.
        var rule = Assert.Single(Alerts(), rule => rule.GetProperty("alert").GetString() == "GatewayCircuitOpen");
        Assert.EndsWith(">= 1", rule.GetProperty("expr").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_for_what_is_not_there_is_found()
    {
        foreach (var wrong in new[]
        {
            "sum(rate(gateway_requests_total[5m]))", "sum by (tenant) (gateway_admissions_total)",
            "gateway_attempts_total{gateway_reason=\"x\"}", "rate(gateway_request_duration_seconds[5m])",
        })
            Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => AssertAnswered(wrong));
    }

    private void AssertAnswered(string query)
    {
        var (selected, grouped) = PromQl.Read(query);
        Assert.NotEmpty(selected);
        foreach (var (sample, labels) in selected)
        {
            var ours = Metrics.All.FirstOrDefault(metric => Rare.Contains(metric.PrometheusName) && metric.PrometheusName == sample);
            var family = ours?.PrometheusName ?? scraped.Metrics.FamilyOf(sample);
            Assert.True(family is not null, $"Nothing is called {sample}, in: {query}");
            var known = (ours is null ? scraped.Metrics.Labels[family] : [.. ours.Labels.Select(label => label.Replace('.', '_'))]).Concat(OfTheReader);
            Assert.True(!labels.Concat(grouped).Except(known).Any(), $"{family} has no {string.Join(", ", labels.Concat(grouped).Except(known))}, in: {query}");
        }
    }

    private static JsonElement Dashboard() =>
        JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Repository.PathOf("k8s", "components", "monitoring", "orleans-gateway.json")));

    private static IEnumerable<(string Query, string Legend)> Panels() => Dashboard().GetProperty("panels").EnumerateArray()
        .Where(panel => panel.TryGetProperty("targets", out _))
        .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
        .Select(target => (target.GetProperty("expr").GetString()!, target.GetProperty("legendFormat").GetString()!));

    private static IEnumerable<JsonElement> Alerts()
    {
        var document = JsonSerializer.SerializeToElement(
            k8s.KubernetesYaml.Deserialize<Dictionary<string, object>>(File.ReadAllText(Repository.PathOf("k8s", "components", "monitoring", "alerts.yaml"))));
        return document.GetProperty("spec").GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray());
    }

    [GeneratedRegex(@"\b(?:increase|delta)\((?<series>\w+(?:\{[^}]*\})?)\[(?<window>\w+)\]\)")]
    private static partial Regex Added();

    [GeneratedRegex(@"^label_values\((?<query>.*), (?<label>\w+)\)$")]
    private static partial Regex VariableQuery();

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Legend();

    [GeneratedRegex(@"\$labels\.(\w+)")]
    private static partial Regex AlertLabel();

    /// <summary>A process, since meters of one process cannot be told apart; it meets a few callers and is read once.</summary>
    public sealed class Scraped : IAsyncLifetime
    {
        internal Exposition Metrics { get; private set; } = null!;

        internal string OpenMetrics { get; private set; } = null!;

        internal Money Billed { get; private set; }

        public async ValueTask InitializeAsync()
        {
            await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
            await simulatorApp.StartAsync();
            var simulator = simulatorApp.GetSimulator();
            using var data = new TempFolder();
            var settings = GatewayProcess.Settings(simulator.BaseAddress);
            settings["Gateway:DataDirectory"] = data.Path;
            settings["Gateway:ManagementUrls"] = $"http://127.0.0.1:{FreePorts.Next()}";
            settings["Gateway:Providers:holysheep:BaseAddress"] = simulator.BaseAddress.ToString();
            settings["Gateway:Providers:holysheep:ApiKey"] = "upstream-key";
            settings["Gateway:Providers:holysheep:ModelLimits:claude-sonnet-4.5:ConcurrentRequests"] = "1";
            settings["Gateway:Providers:holysheep:QueueWait"] = "00:01:00";
            await using var gateway = await GatewayProcess.StartAsync(settings);
            using var management = PlainClient.Create(new Uri(settings["Gateway:ManagementUrls"]!));

            await gateway.AdminAsync(HttpMethod.Post, "tenants", """{"id":"acme","models":{"fallbacks":{"gpt-4.1":["deepseek-v3.2"]}}}""");
            var key = (await gateway.AdminAsync(HttpMethod.Post, "tenants/acme/keys", "{}")).GetProperty("key").GetString()!;
            simulator.Script.Next(new SimulatorScript { Status = 404 }, "gpt-4.1");
            await AskAsync(gateway, key, Body("gpt-4.1"), HttpStatusCode.OK);
            await AskAsync(gateway, key, Body("deepseek-v3.2", ",\"stream\":true"), HttpStatusCode.OK);
            await AskAsync(gateway, key, Body("no-such-model"), HttpStatusCode.NotFound);
            await AskAsync(gateway, "no-key", Body("gpt-4.1"), HttpStatusCode.Unauthorized);
            var first = AskAsync(gateway, key, Body("claude-sonnet-4.5", ",\"x_sim\":{\"gate\":\"g\"} "), HttpStatusCode.OK);
            await simulator.Gates.WaitForWaitersAsync("g", 1);
            var second = AskAsync(gateway, key, Body("claude-sonnet-4.5"), HttpStatusCode.OK);
            await Eventually.BecomesAsync(
                async () => Exposition.Parse(await management.GetStringAsync("/metrics")).Sum("gateway_queue_waiting"),
                waiting => waiting == 1,
                TimeSpan.FromSeconds(30),
                "The second call's wait");
            simulator.Gates.Open("g");
            await Task.WhenAll(first, second);

            var ledger = (await gateway.AdminAsync(HttpMethod.Get, "tenants/acme/ledger")).GetProperty("entries");
            Billed = Money.FromUsd(ledger.EnumerateArray().Sum(entry => entry.GetProperty("costUsd").GetDecimal()));
            // An answer's last byte may be here before its request has ended there.
            Metrics = await Eventually.BecomesAsync(
                async () => Exposition.Parse(await management.GetStringAsync("/metrics")),
                metrics => metrics.Sum("gateway_request_active") == 0,
                TimeSpan.FromSeconds(30),
                "The end of all requests");
            using var openly = new HttpRequestMessage(HttpMethod.Get, "/metrics");
            openly.Headers.TryAddWithoutValidation("Accept", "application/openmetrics-text; version=1.0.0");
            using var open = await management.SendAsync(openly);
            Assert.Equal("application/openmetrics-text", open.Content.Headers.ContentType?.MediaType);
            OpenMetrics = await open.Content.ReadAsStringAsync();
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static string Body(string model, string more = "") => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello"}],"max_tokens":9{{more}}}""";

        private static async Task AskAsync(GatewayProcess gateway, string key, string body, HttpStatusCode expected)
        {
            using var response = await gateway.ChatAsync(key, body);
            Assert.True(expected == response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }
}
