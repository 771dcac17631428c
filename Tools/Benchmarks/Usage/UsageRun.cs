using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Serialization;
using Orleans.Storage;

namespace OrleansGateway.Benchmarks;

/// <summary>
/// A month of one tenant's requests in the embedded store: how long the roll-up takes to read them all for the first time, and how long each question
/// then takes, as after a restart and once more.
/// </summary>
internal sealed class UsageRun(int requests)
{
    public const string Usage = "dotnet run -c Release --project Tools/Benchmarks -- usage [requests of the month, 1000000 by default]";

    private const string Tenant = "tenant-0";
    private const string Storage = "benchmark";
    private const int Users = 10_000;
    private const int Models = 5;
    private const int Keys = 10;
    private const int EntriesAtOnce = 2_000;

    private static readonly DateTimeOffset Month = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private static readonly (string Name, UsageGroups Groups)[] Questions =
    [
        ("none", UsageGroups.None),
        ("hour", UsageGroups.Hour),
        ("day", UsageGroups.Day),
        ("model", UsageGroups.Model),
        ("key", UsageGroups.Key),
        ("user", UsageGroups.User),
        ("day,model", UsageGroups.Day | UsageGroups.Model),
        ("day,user", UsageGroups.Day | UsageGroups.User),
    ];

    public async Task MeasureAsync()
    {
        var folder = Directory.CreateTempSubdirectory("orleans-gateway-usage-").FullName;
        try
        {
            await using var services = new ServiceCollection()
                .AddSerializer()
                .AddSingleton(_ => new SqliteStore(new SqliteStoreOptions { DataDirectory = folder, Durability = EmbeddedDurability.ProcessCrash }))
                .AddSqliteGrainStorage(Storage)
                .BuildServiceProvider();
            await MeasureAsync(services);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task MeasureAsync(IServiceProvider services)
    {
        var book = new SqliteBook(services.GetRequiredService<SqliteStore>());
        await FillAsync(book);
        var desk = Open();
        await TimeAsync($"{requests:N0} requests read for the first time", async () =>
        {
            await desk.FollowAsync(Long);
            await desk.CloseAsync();
        });
        foreach (var (name, groups) in Questions)
        {
            // As after a restart: nothing but what is stored.
            desk = Open();
            await TimeAsync($"grouped by {name}, after a restart", () => AskAsync(desk, groups));
            await TimeAsync($"grouped by {name}, asked again", () => AskAsync(desk, groups));
        }

        UsageDesk Open() => new(
            book, () => new UsageStore(services.GetRequiredKeyedService<IGrainStorage>(Storage), GrainId.Create("usage", Tenant)),
            Tenant, TimeProvider.System, NullLogger.Instance);
    }

    private static async Task TimeAsync(string what, Func<Task> work)
    {
        var (cpu, started) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await work();
        var elapsed = Stopwatch.GetElapsedTime(started);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-45} {elapsed.TotalMilliseconds,9:N0} ms, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds,9:N0} ms CPU, {Environment.WorkingSet >> 20,6} MB in all"));
    }

    private static async Task AskAsync(UsageDesk desk, UsageGroups groups)
    {
        var answer = await desk.UsageAsync(new UsageQuery { From = Month, To = Month.AddMonths(1), TimeZone = "Europe/Berlin", GroupBy = groups, Limit = 100 }, Long);
        if (answer is not UsageAnswer.Page) throw new InvalidOperationException($"The answer is {answer.GetType().Name}.");
    }

    private async Task FillAsync(SqliteBook book)
    {
        var random = new Random(1);
        var step = (Month.AddMonths(1) - Month) / requests;
        var count = 0L;
        var batch = new List<ReadOnlyMemory<byte>>(EntriesAtOnce);
        for (var i = 0; i < requests; i++)
        {
            var (held, posted) = Request(random, i, Month + (i * step));
            batch.Add(held.ToBytes());
            batch.Add(posted.ToBytes());
            if (batch.Count < EntriesAtOnce && i < requests - 1) continue;
            count = (await book.AppendAsync(Tenant, count, batch, CancellationToken.None)).Count;
            batch.Clear();
        }
    }

    private static (BookEntry.Held Held, BookEntry.Posted Posted) Request(Random random, int number, DateTimeOffset at)
    {
        var request = string.Create(CultureInfo.InvariantCulture, $"req_{number:x32}");
        var (key, user, model) = ($"k_{random.Next(Keys):D8}", $"user-{random.Next(Users)}", $"model-{random.Next(Models)}");
        var (input, output) = (random.Next(50, 4_000), random.Next(1, 800));
        var held = new BookEntry.Held
        {
            At = at,
            Request = request,
            Attempt = 1,
            KeyId = key,
            User = user,
            Model = model,
            Amount = new Money(10_000_000),
            Deadline = at.AddMinutes(5),
            InputTokens = input * 4,
            OutputTokens = 800,
            Choices = 1,
        };
        var posted = new BookEntry.Posted
        {
            At = at.AddSeconds(2),
            Request = request,
            Attempt = 1,
            KeyId = key,
            User = user,
            Provider = "holysheep",
            Model = model,
            Usage = new TokenUsage(input, output, CachedInput: random.Next(3) == 0 ? input / 2 : 0, Reasoning: random.Next(4) == 0 ? output / 2 : 0),
            Cost = new Money((input * 2_000L) + (output * 8_000L)),
            PriceVersion = "2026-01-01",
            Outcome = "ok",
        };
        return (held, posted);
    }
}
