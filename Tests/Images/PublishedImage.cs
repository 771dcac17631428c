using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text.RegularExpressions;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Images;

/// <summary>
/// What a Dockerfile makes, made without a container engine: the program published by the Dockerfile's own commands, in a root that has
/// what the chiseled base has and nothing else.
/// </summary>
internal sealed partial class PublishedImage : IDisposable
{
    // Loaded by name when first needed, so not among what the files are linked to.
    private static readonly string[] LoadedLater = ["libssl.so.3", "libcrypto.so.3"];

    private readonly TempFolder _folder = new();

    private PublishedImage(string program) => Program = program;

    public string Program { get; }

    public string Root => _folder.File("root");

    public string App => Path.Combine(Root, "app");

    public static async Task<PublishedImage> MakeAsync(string program)
    {
        var image = new PublishedImage(program);
        Directory.CreateDirectory(image.Root);
        foreach (var command in CommandsOf(await File.ReadAllTextAsync(Repository.PathOf(program, "Dockerfile"))))
            await RunAsync("dotnet", command.Replace("/app", image.App, StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        await image.AddBaseAsync();
        // Made for root alone; a container's user reads its image.
        await RunAsync("chmod", ["-R", "a+rX", image._folder.Path]);
        return image;
    }

    /// <summary>Bytes of the whole as it lies on a node, and as a registry keeps it.</summary>
    public async Task<(long Unpacked, long Packed)> MeasureAsync()
    {
        var unpacked = Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        var archive = _folder.File("image.tar.gz");
        await using (var file = File.Create(archive))
        await using (var gzip = new GZipStream(file, CompressionLevel.Optimal))
            await TarFile.CreateFromDirectoryAsync(Root, gzip, includeBaseDirectory: false);
        return (unpacked, new FileInfo(archive).Length);
    }

    /// <summary>What a pod has mounted, readable by its user.</summary>
    public void Add(byte[] content, params string[] path)
    {
        var file = Path.Combine([Root, .. path]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
    }

    public void Dispose() => _folder.Dispose();

    // The `dotnet` lines of the RUN instructions.
    private static IEnumerable<string> CommandsOf(string dockerfile) => Command().Matches(dockerfile).Select(match => match.Groups[1].Value.Trim());

    private async Task AddBaseAsync()
    {
        var native = Directory.EnumerateFiles(App, "*.so").Append(Path.Combine(App, $"OrleansGateway.{Program}"));
        var linked = await RunAsync("ldd", [.. native]);
        var cache = await RunAsync("/sbin/ldconfig", ["-p"]);
        var libraries = Absolute().Matches(linked).Select(match => match.Groups[1].Value)
            .Concat(LoadedLater.Select(name => cache.Split('\n').First(line => line.TrimStart().StartsWith(name + " ", StringComparison.Ordinal)).Split("=> ")[1].Trim()))
            .Where(library => !library.StartsWith(App, StringComparison.Ordinal)).Distinct();
        foreach (var library in libraries) Copy(library);
        Copy("/etc/ssl/certs/ca-certificates.crt");
        await RunAsync("cp", ["-r", "--parents", "/usr/share/zoneinfo", Root]);
        await File.WriteAllTextAsync(Path.Combine(Root, "etc", "passwd"), "root:x:0:0:root:/root:/bin/false\napp:x:1654:1654::/home/app:/bin/false\n");
        await File.WriteAllTextAsync(Path.Combine(Root, "etc", "hosts"), "127.0.0.1 localhost\n");
        Directory.CreateDirectory(Path.Combine(Root, "proc"));
        Directory.CreateDirectory(Path.Combine(Root, "dev"));
    }

    private void Copy(string file)
    {
        var target = Root + file;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(file, target, overwrite: true);
    }

    private static async Task<string> RunAsync(string command, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{command} {string.Join(' ', arguments)}: {output}{await error}");
        return output;
    }

    [GeneratedRegex(@"\bdotnet ((?:restore|publish)[^\\&\n]*)")]
    private static partial Regex Command();

    [GeneratedRegex(@"^\s(?:\S+ => )?(/\S+) \(", RegexOptions.Multiline)]
    private static partial Regex Absolute();
}
