using System.Text.Json.Nodes;

namespace OrleansGateway.Tests.TestKit.FakeKubernetes;

/// <summary>What the API server takes for a secret.</summary>
internal static class SecretRules
{
    /// <summary>Throws what it answers to one that is none, or that may not become what it was not.</summary>
    public static void Check(JsonObject secret, JsonObject? was)
    {
        var faults = new List<string>();
        foreach (var (name, value) in secret["data"] as JsonObject ?? [])
            if (!IsBase64(value!.GetValue<string>())) throw ApiFault.BadRequest($"illegal base64 data in data.{name}");

        var type = (secret["type"] ??= "Opaque").GetValue<string>();
        if (was is not null && was["type"]!.GetValue<string>() != type) faults.Add($"type: Invalid value: \"{type}\": field is immutable");
        if (type == "kubernetes.io/tls")
            foreach (var entry in new[] { "tls.crt", "tls.key" })
                if (secret["data"]?[entry] is null) faults.Add($"data[{entry}]: Required value");
        if (faults.Count > 0) throw ApiFault.Invalid(faults);
    }

    private static bool IsBase64(string text) => Convert.TryFromBase64String(text, new byte[text.Length], out _);
}
