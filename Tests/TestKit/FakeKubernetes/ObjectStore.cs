using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace OrleansGateway.Tests.TestKit.FakeKubernetes;

/// <summary>Objects, one version counter over all of them, and what happened since the oldest version that is remembered.</summary>
internal sealed class ObjectStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);
    private readonly List<StoreEvent> _changes = [];
    private readonly List<Watcher> _watchers = [];
    private long _version = 1000;
    private long _forgotten;

    public string Version
    {
        get
        {
            lock (_gate) return Text(_version);
        }
    }

    public JsonObject? Find(string collection, string name)
    {
        lock (_gate) return _objects.TryGetValue(Key(collection, name), out var found) ? Copy(found) : null;
    }

    public (string Version, IReadOnlyList<JsonObject> Objects) List(string collection, Func<JsonObject, bool> wanted)
    {
        lock (_gate) return (Text(_version), [.. _objects.Where(o => o.Key.StartsWith(collection + "/", StringComparison.Ordinal)).Select(o => Copy(o.Value)).Where(wanted)]);
    }

    /// <summary>All or nothing: <paramref name="change"/> gets the object, or null, and gives the new one, or null to delete it; it throws to leave it.</summary>
    public JsonObject? Change(string collection, string name, Func<JsonObject?, JsonObject?> change)
    {
        lock (_gate)
        {
            var key = Key(collection, name);
            var before = _objects.GetValueOrDefault(key);
            var after = change(before is null ? null : Copy(before));
            if (after is not null && before is not null && JsonNode.DeepEquals(after, before)) return Copy(before);
            if (after is null && before is null) return null;

            _version++;
            var shown = after ?? Copy(before!);
            shown["metadata"]!["resourceVersion"] = Text(_version);
            if (after is null) _objects.Remove(key);
            else _objects[key] = Copy(after);
            Publish(new StoreEvent(_version, before is null ? "ADDED" : after is null ? "DELETED" : "MODIFIED", collection, Copy(shown)));
            return Copy(shown);
        }
    }

    /// <summary>What happens after the version; throws 410 when that is forgotten.</summary>
    public Watcher Watch(string collection, long from, Func<JsonObject, bool> wanted, bool bookmarks)
    {
        lock (_gate)
        {
            if (from < _forgotten) throw ApiFault.Gone();
            var watcher = new Watcher(collection, wanted, bookmarks, this);
            foreach (var change in _changes.Where(c => c.Version > from)) watcher.Offer(change);
            _watchers.Add(watcher);
            return watcher;
        }
    }

    /// <summary>Forgets what happened so far, as a compaction does.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _forgotten = _version + 1;
            _version++;
            _changes.Clear();
        }
    }

    public void Bookmark()
    {
        lock (_gate)
            foreach (var watcher in _watchers) watcher.OfferBookmark(Text(_version));
    }

    /// <summary>A line to every watcher, whatever it is.</summary>
    public void Say(string line)
    {
        lock (_gate)
            foreach (var watcher in _watchers) watcher.Offer(line);
    }

    /// <summary>Ends every watch, after a last line if there is one.</summary>
    public void EndWatches(string? lastLine = null)
    {
        lock (_gate)
        {
            foreach (var watcher in _watchers.ToList()) watcher.End(lastLine);
        }
    }

    private void Publish(StoreEvent change)
    {
        _changes.Add(change);
        foreach (var watcher in _watchers) watcher.Offer(change);
    }

    private static string Key(string collection, string name) => $"{collection}/{name}";

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);

    private static JsonObject Copy(JsonObject one) => (JsonObject)one.DeepClone();

    internal sealed record StoreEvent(long Version, string Type, string Collection, JsonObject Object);

    internal sealed class Watcher(string collection, Func<JsonObject, bool> wanted, bool bookmarks, ObjectStore store) : IDisposable
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        public ChannelReader<string> Lines => _lines.Reader;

        public void Offer(StoreEvent change)
        {
            if (change.Collection == collection && wanted(change.Object)) Offer(new JsonObject { ["type"] = change.Type, ["object"] = change.Object.DeepClone() }.ToJsonString());
        }

        public void Offer(string line) => _lines.Writer.TryWrite(line);

        public void OfferBookmark(string version)
        {
            if (!bookmarks) return;
            var marked = new JsonObject { ["apiVersion"] = "orleans.gateway.dev/v1", ["kind"] = "OrleansCluster", ["metadata"] = new JsonObject { ["resourceVersion"] = version } };
            Offer(new JsonObject { ["type"] = "BOOKMARK", ["object"] = marked }.ToJsonString());
        }

        public void End(string? lastLine)
        {
            if (lastLine is not null) Offer(lastLine);
            _lines.Writer.TryComplete();
            store._watchers.Remove(this);
        }

        public void Dispose()
        {
            lock (store._gate) End(null);
        }
    }
}
