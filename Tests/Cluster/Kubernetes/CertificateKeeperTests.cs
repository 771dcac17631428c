using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;
using OrleansGateway.Tests.Unit.Manifests;

namespace OrleansGateway.Tests.Cluster.Kubernetes;

/// <summary>The cluster's certificates in an API server: made, renewed, and otherwise left alone, whoever else writes there.</summary>
public sealed class CertificateKeeperTests : IAsyncLifetime
{
    private const string Authority = CertificateKeeper.AuthoritySecret;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ListLogger<CertificateKeeper> _log = new();
    private FakeApiServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await FakeApiServer.StartAsync();

    [Fact]
    public async Task Secrets_have_the_shape_that_cert_manager_writes_and_a_second_run_changes_nothing()
    {
        await KeepAsync();

        var (authority, silo, front) = (Read(Authority), Read("silo-tls"), Read("webfront-tls"));
        foreach (var secret in new[] { authority, silo, front })
        {
            Assert.Equal("kubernetes.io/tls", secret["type"]!.GetValue<string>());
            Assert.Equal(["ca.crt", "tls.crt", "tls.key"], ((JsonObject)secret["data"]!).Select(entry => entry.Key).Order(StringComparer.Ordinal));
            Assert.Equal(Entry(authority, "tls.crt"), Entry(secret, "ca.crt"));
        }

        Assert.Equal(3, new[] { authority, silo, front }.Select(secret => Entry(secret, "tls.key")).Distinct().Count());
        using var issuer = ClusterAuthority.Read(FilesOf(authority));
        Assert.Null(issuer.Renewal(FilesOf(silo), CertificateRole.Silo, _time.GetUtcNow()));
        Assert.Null(issuer.Renewal(FilesOf(front), CertificateRole.WebFront, _time.GetUtcNow()));

        _server.Requests.Clear();
        _time.Advance(TimeSpan.FromDays(59));
        await KeepAsync();
        Assert.Equal(["get secrets"], _server.Requests.Kinds);
        Assert.Equal(3, _server.Requests.Total);
    }

    [Fact]
    public async Task What_is_due_is_replaced_under_the_same_authority()
    {
        await KeepAsync();
        var before = (Authority: Read(Authority), Silo: Read("silo-tls"), Front: Read("webfront-tls"));
        _time.Advance(TimeSpan.FromDays(61));
        await KeepAsync();

        Assert.True(JsonNode.DeepEquals(before.Authority, Read(Authority)));
        Assert.NotEqual(Entry(before.Silo, "tls.crt"), Entry(Read("silo-tls"), "tls.crt"));
        Assert.NotEqual(Entry(before.Front, "tls.crt"), Entry(Read("webfront-tls"), "tls.crt"));
        Assert.Equal(before.Silo["metadata"]!["uid"]!.GetValue<string>(), Read("silo-tls")["metadata"]!["uid"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_authority_in_its_last_third_is_renewed_and_all_get_to_know()
    {
        await KeepAsync();
        var before = Read(Authority);
        _time.Advance(TimeSpan.FromDays(2450));
        await KeepAsync();

        Assert.Equal(Entry(before, "tls.key"), Entry(Read(Authority), "tls.key"));
        Assert.NotEqual(Entry(before, "tls.crt"), Entry(Read(Authority), "tls.crt"));
        foreach (var name in new[] { "silo-tls", "webfront-tls" }) Assert.Equal(Entry(Read(Authority), "ca.crt"), Entry(Read(name), "ca.crt"));
    }

    [Theory]
    [InlineData(Authority)]
    [InlineData("silo-tls")]
    public async Task Of_two_runs_at_once_the_first_to_make_a_secret_wins(string contested)
    {
        // The other run does all its work between this one's look for a secret and its attempt to make it.
        Before("create secrets", contested, () => KeepAsync());
        await KeepAsync();

        using var authority = ClusterAuthority.Read(FilesOf(Read(Authority)));
        Assert.Null(authority.Renewal(FilesOf(Read("silo-tls")), CertificateRole.Silo, _time.GetUtcNow()));
        Assert.Null(authority.Renewal(FilesOf(Read("webfront-tls")), CertificateRole.WebFront, _time.GetUtcNow()));
        Assert.Equal(3, _log.Lines.Count(line => line.Event is "cluster_authority_made" or "cluster_certificate_written"));
    }

    [Fact]
    public async Task Of_two_runs_at_once_the_first_to_renew_a_secret_wins()
    {
        await KeepAsync();
        _time.Advance(TimeSpan.FromDays(61));
        JsonObject? others = null;
        Before("update secrets", null, async () =>
        {
            await KeepAsync();
            others = Read("silo-tls");
        });
        await KeepAsync();

        Assert.NotNull(others);
        Assert.True(JsonNode.DeepEquals(others, Read("silo-tls")));
    }

    [Fact]
    public async Task A_secret_that_is_deleted_meanwhile_is_made_anew()
    {
        await KeepAsync();
        _time.Advance(TimeSpan.FromDays(61));
        Before("update secrets", null, () =>
        {
            _server.Store.Change("secrets/default", "silo-tls", _ => null);
            return Task.CompletedTask;
        });
        await KeepAsync();
        using var authority = ClusterAuthority.Read(FilesOf(Read(Authority)));
        Assert.Null(authority.Renewal(FilesOf(Read("silo-tls")), CertificateRole.Silo, _time.GetUtcNow()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("cert-manager.io/certificate-name")]
    public async Task What_others_made_or_took_over_is_left_alone(string? takenOverBy)
    {
        using var client = new k8s.Kubernetes(_server.Configuration());
        if (takenOverBy is not null) await KeepAsync();
        await ChangeAsync(client, "silo-tls", secret =>
        {
            if (takenOverBy is not null) secret.Metadata.Annotations = new Dictionary<string, string> { [takenOverBy] = "silo" };
            secret.Type = "kubernetes.io/tls";
            secret.Data = new Dictionary<string, byte[]> { ["tls.crt"] = "theirs"u8.ToArray(), ["tls.key"] = "theirs"u8.ToArray() };
        });
        await KeepAsync();

        Assert.Equal("theirs", Entry(Read("silo-tls"), "tls.crt"));
        Assert.Contains(_log.Lines, line => line is { Event: "cluster_certificate_foreign" } && line.Text.Contains("silo-tls", StringComparison.Ordinal));
        Assert.NotNull(_server.Store.Find("secrets/default", "webfront-tls"));
    }

    [Fact]
    public async Task An_authority_that_cannot_be_read_is_told_and_nothing_is_written()
    {
        await KeepAsync();
        using var client = new k8s.Kubernetes(_server.Configuration());
        await ChangeAsync(client, Authority, secret => secret.Data["tls.key"] = "half a ke"u8.ToArray());
        _time.Advance(TimeSpan.FromDays(61));
        _server.Requests.Clear();

        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => KeepAsync());
        Assert.Contains(Authority, fault.Message, StringComparison.Ordinal);
        Assert.Equal(["get secrets"], _server.Requests.Kinds);
    }

    [Fact]
    public async Task It_needs_the_rights_of_its_role_and_has_no_others()
    {
        var manifest = Kustomize.Build("production");
        var rules = manifest.One<V1Role>("cluster-certificates").Rules;
        _server.AllowOnly([.. rules]);

        await KeepAsync();
        _time.Advance(TimeSpan.FromDays(2450));
        await KeepAsync();

        // Nothing that it may do is left out, and nobody else's secrets are in reach.
        Assert.Equal(_server.Requests.Kinds, rules.SelectMany(rule => rule.Verbs, (rule, verb) => $"{verb} {Assert.Single(rule.Resources)}").Order(StringComparer.Ordinal));
        using var client = new k8s.Kubernetes(_server.Configuration());
        var refused = await Assert.ThrowsAsync<HttpOperationException>(() => client.CoreV1.ReadNamespacedSecretAsync("ai-secrets", "default"));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.Response.StatusCode);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task KeepAsync()
    {
        using var client = new k8s.Kubernetes(_server.Configuration());
        await new CertificateKeeper(new SecretStore(client, "default"), _time, _log).KeepAsync(TestContext.Current.CancellationToken);
    }

    // Once, and for the run that is under way only.
    private void Before(string kind, string? missing, Func<Task> what)
    {
        var done = false;
        _server.Before(kind, async () =>
        {
            if (done || (missing == "silo-tls" && _server.Store.Find("secrets/default", Authority) is null)) return;
            done = true;
            await what();
        });
    }

    private static async Task ChangeAsync(k8s.Kubernetes client, string name, Action<V1Secret> change)
    {
        try
        {
            var secret = await client.CoreV1.ReadNamespacedSecretAsync(name, "default");
            change(secret);
            await client.CoreV1.ReplaceNamespacedSecretAsync(secret, name, "default");
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            var secret = new V1Secret { Metadata = new V1ObjectMeta { Name = name } };
            change(secret);
            await client.CoreV1.CreateNamespacedSecretAsync(secret, "default");
        }
    }

    private JsonObject Read(string name) => _server.Store.Find("secrets/default", name)!;

    private static string Entry(JsonObject secret, string name) => Encoding.ASCII.GetString(Convert.FromBase64String(secret["data"]![name]!.GetValue<string>()));

    private static TlsFiles FilesOf(JsonObject secret) => new(Entry(secret, "tls.crt"), Entry(secret, "tls.key"), Entry(secret, "ca.crt"));
}
