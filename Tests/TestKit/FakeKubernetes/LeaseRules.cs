using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OrleansGateway.Tests.TestKit.FakeKubernetes;

/// <summary>Leases: what the API server takes for one, and how it applies a patch.</summary>
internal static partial class LeaseRules
{
    /// <summary>Server-side apply: what this manager set before and leaves out now is taken away, everything else stays.</summary>
    public static JsonObject Apply(JsonObject? lease, JsonObject applied, string manager, bool force)
    {
        var result = lease is null ? new JsonObject() : (JsonObject)lease.DeepClone();
        var notes = (result["metadata"]?["managedFields"] as JsonArray ?? []).ToDictionary(note => note!["manager"]!.GetValue<string>(), note => (JsonObject)note!["fieldsV1"]!);
        if (!force && notes.Any(note => note.Key != manager && Differs(note.Value, applied)))
            throw new ApiFault(409, "Conflict", $"Apply failed with conflicts with {string.Join(", ", notes.Keys)}");
        if (notes.TryGetValue(manager, out var before)) Remove(result, before, applied);

        Merge(result, applied);
        notes[manager] = applied;
        result["metadata"]!["managedFields"] = new JsonArray([.. notes.Select(note => new JsonObject
        {
            ["manager"] = note.Key,
            ["operation"] = "Apply",
            ["fieldsV1"] = note.Value.DeepClone(),
        })]);
        return result;
    }

    /// <summary>RFC 7386.</summary>
    public static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null) target.Remove(name);
            else if (value is JsonObject inner && target[name] is JsonObject into) Merge(into, inner);
            else target[name] = value.DeepClone();
        }
    }

    /// <summary>Throws what the API server answers to a lease that is none.</summary>
    public static void Check(JsonObject lease)
    {
        var name = lease["metadata"]?["name"]?.GetValue<string>() ?? "";
        var faults = new List<string>();
        if (name.Length is 0 or > 253 || !Subdomain().IsMatch(name)) faults.Add($"metadata.name: Invalid value: \"{name}\": a lowercase RFC 1123 subdomain");
        foreach (var (label, value) in lease["metadata"]?["labels"] as JsonObject ?? [])
            if (value!.GetValue<string>() is { } text && (text.Length > 63 || !LabelValue().IsMatch(text))) faults.Add($"metadata.labels.{label}: Invalid value: \"{text}\"");
        foreach (var owner in lease["metadata"]?["ownerReferences"] as JsonArray ?? [])
            if (new[] { "apiVersion", "kind", "name", "uid" }.Any(field => string.IsNullOrEmpty(owner?[field]?.GetValue<string>())))
                faults.Add("metadata.ownerReferences: Required value");
        if (lease["spec"]?["holderIdentity"] is { } holder && holder.GetValue<string>().Length == 0) faults.Add("spec.holderIdentity: must not be empty");
        foreach (var field in new[] { "renewTime", "acquireTime" })
            if (lease["spec"]?[field] is { } time && !MicroTime().IsMatch(time.GetValue<string>()))
                throw ApiFault.BadRequest($"parsing time {time.ToJsonString()} as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse");
        if (faults.Count > 0) throw ApiFault.Invalid(faults);
    }

    private static bool Differs(JsonObject theirs, JsonObject ours) => ours.Any(field => theirs[field.Key] is { } value
        && (value is JsonObject inner && field.Value is JsonObject mine ? Differs(inner, mine) : !JsonNode.DeepEquals(value, field.Value)));

    private static void Remove(JsonObject target, JsonObject before, JsonObject now)
    {
        foreach (var (name, value) in before)
        {
            if (value is JsonObject inner && now[name] is JsonObject still && target[name] is JsonObject into) Remove(into, inner, still);
            else if (now[name] is null) target.Remove(name);
        }
    }

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"\A(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\z")]
    private static partial Regex LabelValue();

    [GeneratedRegex(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)\z")]
    private static partial Regex MicroTime();
}
