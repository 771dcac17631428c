using System.Reflection;
using k8s;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>What one overlay applies: official models, loaded strictly, and the resources of others as they stand.</summary>
internal sealed class Manifest
{
    private static readonly HashSet<string> Modelled = [.. typeof(V1Pod).Assembly.GetTypes()
        .Select(type => type.GetCustomAttribute<KubernetesEntityAttribute>())
        .OfType<KubernetesEntityAttribute>()
        .Select(entity => $"{(entity.Group is { Length: > 0 } group ? group + "/" : "")}{entity.ApiVersion} {entity.Kind}")];

    private Manifest(IReadOnlyList<IKubernetesObject<V1ObjectMeta>> models, IReadOnlyList<YamlMappingNode> others) => (Models, Others) = (models, others);

    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Models { get; }

    /// <summary>Kinds that come with somebody's custom resource definition.</summary>
    public IReadOnlyList<YamlMappingNode> Others { get; }

    public string Namespace => Assert.Single(All<V1Namespace>()).Metadata.Name;

    /// <summary>Whatever runs pods.</summary>
    public IEnumerable<Workload> Workloads => All<V1Deployment>().Select(Workload.Of).Concat(All<V1StatefulSet>().Select(Workload.Of)).Concat(All<V1CronJob>().Select(Workload.Of));

    public static Manifest Parse(string yaml)
    {
        var models = new List<IKubernetesObject<V1ObjectMeta>>();
        var others = new List<YamlMappingNode>();
        foreach (var document in yaml.Split("\n---\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var node = Load(document);
            if (Modelled.Contains($"{node.Text("apiVersion")} {node.Text("kind")}"))
                models.AddRange(KubernetesYaml.LoadAllFromString(document, null, strict: true).Cast<IKubernetesObject<V1ObjectMeta>>());
            else
                others.Add(node);
        }

        return new Manifest(models, others);
    }

    public static YamlMappingNode Load(string document)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(document));
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    public IEnumerable<T> All<T>() => Models.OfType<T>();

    public T One<T>(string name)
        where T : IKubernetesObject<V1ObjectMeta> => Assert.Single(All<T>(), model => model.Metadata.Name == name);

    public Workload PodsOf(string name) => Assert.Single(Workloads, workload => workload.Name == name);
}

/// <summary>The pods of a Deployment or StatefulSet, or those of a CronJob, which select themselves.</summary>
internal sealed record Workload(string Kind, string Name, V1LabelSelector? Selector, V1PodTemplateSpec Template)
{
    public IDictionary<string, string> Labels => Template.Metadata.Labels;

    public V1PodSpec Pod => Template.Spec;

    public V1Container Container => Assert.Single(Pod.Containers);

    public IEnumerable<V1ContainerPort> Ports => Container.Ports ?? [];

    public static Workload Of(V1Deployment deployment) => new(V1Deployment.KubeKind, deployment.Metadata.Name, deployment.Spec.Selector, deployment.Spec.Template);

    public static Workload Of(V1CronJob job) => new(V1CronJob.KubeKind, job.Metadata.Name, null, job.Spec.JobTemplate.Spec.Template);

    public static Workload Of(V1StatefulSet set) => new(V1StatefulSet.KubeKind, set.Metadata.Name, set.Spec.Selector, set.Spec.Template);

    public override string ToString() => $"{Kind} {Name}";
}

/// <summary>Reads YAML without a model.</summary>
internal static class YamlNodes
{
    public static YamlNode? At(this YamlNode node, params ReadOnlySpan<string> path)
    {
        YamlNode? at = node;
        foreach (var step in path)
            at = at switch
            {
                YamlMappingNode mapping => mapping.Children.TryGetValue(new YamlScalarNode(step), out var child) ? child : null,
                YamlSequenceNode sequence => sequence.Children[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)],
                _ => null,
            };
        return at;
    }

    public static string Text(this YamlNode node, params ReadOnlySpan<string> path) =>
        Assert.IsType<YamlScalarNode>(node.At(path)).Value!;
}
