using System.Diagnostics;
using System.Globalization;
using k8s.Models;
using OrleansGateway.Tests.TestKit;
using StackExchange.Redis;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>The component's Redis, as configured there, is one that a silo starts on.</summary>
public sealed class RedisTests
{
    [Fact]
    public async Task A_gateway_starts_and_serves_on_it_and_may_not_erase_it()
    {
        var manifest = Kustomize.Build("local");
        var configuration = Assert.Single(manifest.All<V1ConfigMap>(), map => map.Data.ContainsKey("redis.conf")).Data["redis.conf"];
        var secrets = manifest.All<V1Secret>().ToDictionary(secret => secret.Metadata.Name, secret => secret.StringData);
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(
            folder.File("redis.conf"),
            configuration.Replace("/data", folder.Path, StringComparison.Ordinal).Replace("/etc/redis-auth", folder.Path, StringComparison.Ordinal));
        await File.WriteAllTextAsync(folder.File("users.acl"), secrets["redis-auth"]["users.acl"]);
        var port = FreePorts.Next();

        using var server = Start([folder.File("redis.conf"), "--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture)]);
        try
        {
            var connection = secrets["ai-secrets"]["redis-connection"].Replace("redis:6379", $"127.0.0.1:{port}", StringComparison.Ordinal);
            // Starts only on a Redis that keeps what it confirms.
            await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>().OnRedis(connection));
            var caller = await gateway.OpenTenantAsync();
            using var answer = await caller.ChatAsync("""{"model":"gpt-4.1","max_tokens":3,"messages":[{"role":"user","content":"Hello"}]}""");
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            Assert.NotEmpty(await caller.LedgerAsync());
            Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("could not be checked", StringComparison.Ordinal));

            await using var user = await ConnectionMultiplexer.ConnectAsync(connection + ",allowAdmin=true");
            await Assert.ThrowsAsync<RedisServerException>(() => user.GetServers()[0].FlushAllDatabasesAsync());
            var stranger = ConfigurationOptions.Parse($"127.0.0.1:{port},connectRetry=0,connectTimeout=2000");
            await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(stranger));
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    [Fact]
    public void Its_configuration_and_password_are_where_it_looks_for_them()
    {
        var pods = Kustomize.Build("production", "redis").PodsOf("redis");
        var mounts = pods.Container.VolumeMounts.ToDictionary(mount => mount.Name, mount => mount.MountPath);
        Assert.Equal(["redis-server", $"{mounts["config"]}/redis.conf"], pods.Container.Args);
        var configuration = File.ReadAllLines(Repository.PathOf("k8s", "components", "redis", "redis.conf"));
        Assert.Contains($"dir {mounts["data"]}", configuration);
        Assert.Contains($"aclfile {mounts["auth"]}/users.acl", configuration);
    }

    private static Process Start(string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("redis-server is not installed (Debian: apt-get install redis-server).");
            throw;
        }
    }
}
