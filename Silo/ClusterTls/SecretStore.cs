using System.Net;
using System.Text;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace OrleansGateway;

/// <summary>Secrets of type <c>kubernetes.io/tls</c> in one namespace: read, made, and replaced if nobody has changed them since.</summary>
internal sealed class SecretStore(IKubernetes client, string @namespace)
{
    private const string Manager = "cluster-certificates";
    private const string ManagerLabel = "app.kubernetes.io/managed-by";
    private const string OthersMark = "cert-manager.io/";
    private const string TlsType = "kubernetes.io/tls";

    /// <summary>As it is now; null when it is not there.</summary>
    public async Task<Secret?> FindAsync(string name, CancellationToken ct)
    {
        try
        {
            return new Secret(await client.CoreV1.ReadNamespacedSecretAsync(name, @namespace, cancellationToken: ct));
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>False when somebody else has made it meanwhile.</summary>
    public Task<bool> CreateAsync(string name, TlsFiles files, CancellationToken ct) => WinsAsync(client.CoreV1.CreateNamespacedSecretAsync(
        new V1Secret
        {
            Metadata = new V1ObjectMeta
            {
                Name = name,
                NamespaceProperty = @namespace,
                Labels = new Dictionary<string, string> { [ManagerLabel] = Manager, ["app.kubernetes.io/part-of"] = "orleans-gateway" },
            },
            Type = TlsType,
            Data = Entries(files),
        },
        @namespace, cancellationToken: ct));

    /// <summary>False when it has changed, or gone, since it was read.</summary>
    public Task<bool> ReplaceAsync(Secret seen, TlsFiles files, CancellationToken ct)
    {
        seen.Read.Data = Entries(files);
        return WinsAsync(client.CoreV1.ReplaceNamespacedSecretAsync(seen.Read, seen.Read.Metadata.Name, @namespace, cancellationToken: ct));
    }

    private static async Task<bool> WinsAsync(Task write)
    {
        try
        {
            await write;
            return true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private static Dictionary<string, byte[]> Entries(TlsFiles files) => new()
    {
        ["tls.crt"] = Encoding.ASCII.GetBytes(files.Certificate),
        ["tls.key"] = Encoding.ASCII.GetBytes(files.Key),
        ["ca.crt"] = Encoding.ASCII.GetBytes(files.Authorities),
    };

    /// <summary>A secret as it was read; its version is what a replacement is compared with.</summary>
    internal sealed class Secret(V1Secret read)
    {
        public V1Secret Read => read;

        /// <summary>Made here, and not taken over by cert-manager since. Those of others are left alone.</summary>
        public bool IsOurs => read.Metadata.Labels?.TryGetValue(ManagerLabel, out var manager) == true && manager == Manager
            && read.Metadata.Annotations?.Keys.Any(name => name.StartsWith(OthersMark, StringComparison.Ordinal)) != true;

        /// <summary>Its three entries; what is missing is empty.</summary>
        public TlsFiles Files => new(Entry("tls.crt"), Entry("tls.key"), Entry("ca.crt"));

        private string Entry(string name) => read.Data?.TryGetValue(name, out var bytes) == true ? Encoding.ASCII.GetString(bytes) : "";
    }
}
