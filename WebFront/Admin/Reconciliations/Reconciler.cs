using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OrleansGateway.Admin;

/// <summary>
/// Compares a provider's usage with what the books say, by UTC day and model, and by request where the provider names them. A difference can be
/// corrected only where it is one tenant's: of an upload for one tenant, or of requests by their ids.
/// </summary>
internal sealed class Reconciler(Upload upload, ModelNames names, string? tenant, string? provider, string actor, IReadOnlyList<TenantUsage> books, DateOnly today)
{
    /// <summary>Requests that a report names.</summary>
    public const int MostRequests = 1_000;

    private const int MaxNameInId = 80;
    private const int MostNamed = 100;

    private readonly Money _rounding = upload.Rounding;
    private readonly List<(string Tenant, Adjustment Adjustment)> _corrections = [];
    private readonly List<string> _notes = [];
    private readonly Dictionary<(DateOnly Day, string Model), SortedSet<string>> _providers = ProvidersOf(books, names);

    /// <summary>Days and models that cannot be corrected, for several providers served them and nobody said whose file it is.</summary>
    public List<string> Mixed { get; } = [];

    /// <summary>What would have to be booked, in the order of the report's corrections.</summary>
    public IReadOnlyList<(string Tenant, Adjustment Adjustment)> Corrections => _corrections;

    public ReconciliationReport Compare()
    {
        var days = CompareDays();
        var requests = CompareRequests();
        if (upload.UnreadCount > 0) _notes.Add("Rows that could not be read are left out of every sum: put them right and send the file again before anything is booked.");
        if (tenant is null && _corrections.Count == 0 && days.Any(d => d.Verdict is Verdict.Drift or Verdict.OnlyProvider))
            _notes.Add("Differences of days belong to no tenant: send the usage of one tenant to its own address, or rows with request ids, to have them corrected.");
        if (Mixed.Count > 0) _notes.Add($"Say by provider whose file it is to have these corrected, which several served: {string.Join("; ", Mixed)}.");
        return new ReconciliationReport
        {
            Id = upload.Id,
            Tenant = tenant,
            Provider = provider,
            FirstDay = upload.Rows.Select(row => (DateOnly?)row.Day).Min(),
            LastDay = upload.Rows.Select(row => (DateOnly?)row.Day).Max(),
            Rows = upload.Rows.Count,
            UnreadCount = upload.UnreadCount,
            Unread = upload.Unread,
            Verdict = upload.UnreadCount == 0 && days.All(d => d.Verdict == Verdict.Equal) && requests.All(r => r.Verdict == Verdict.Equal) ? Verdict.Equal : Verdict.Drift,
            Days = days,
            RequestsCompared = requests.Count,
            Requests = [.. requests.Where(r => r.Verdict != Verdict.Equal).Take(MostRequests)],
            Corrections = [.. _corrections.Select(c => Told(c.Tenant, c.Adjustment, CorrectionState.Proposed, null))],
            Notes = _notes,
        };
    }

    public static CorrectionReport Told(string tenant, Adjustment correction, CorrectionState state, string? detail) =>
        new(tenant, correction.Id, correction.Reconciles!.Day, correction.Reconciles.Model, correction.Reconciles.Provider,
            correction.RequestId, correction.AmountUsd, state, detail);

    private List<DayReport> CompareDays()
    {
        var theirs = upload.Rows.GroupBy(row => (row.Day, Model: names.OfUpload(row.Model))).ToDictionary(rows => rows.Key, rows => rows.ToList());
        var ours = OurDays();
        var reports = new List<DayReport>();
        // Without a provider's name only the models that it has rows of are its own.
        var models = theirs.Keys.Select(key => key.Model).ToHashSet(StringComparer.Ordinal);
        foreach (var key in theirs.Keys.Union(ours.Keys.Where(key => provider is not null || models.Contains(key.Model)))
            .OrderBy(key => key.Day).ThenBy(key => key.Model, StringComparer.Ordinal))
        {
            var rows = theirs.GetValueOrDefault(key);
            var our = ours.GetValueOrDefault(key);
            var said = rows is null ? null : Figures.Of(rows);
            var known = our?.Figures;
            var difference = said is null ? null : (known ?? new GatewayFigures()).From(said);
            var verdict = key.Day >= today ? Verdict.UnderWay
                : said is null ? Verdict.OnlyGateway
                : known is null ? Verdict.OnlyProvider
                : known.Compare(difference!, _rounding);
            reports.Add(new DayReport(key.Day, key.Model, our?.Models ?? [], verdict, said, known, difference));
            // Rows with ids are compared, and corrected, request by request.
            if (tenant is { } whose && rows?.Any(row => row.RequestId is null) == true) CorrectDay(whose, key, verdict, our, said!, difference!);
        }
        return reports;
    }

    private void CorrectDay(string whose, (DateOnly Day, string Model) key, Verdict verdict, OurDay? our, Figures said, Figures difference)
    {
        var providers = _providers.GetValueOrDefault(key) ?? [];
        if (provider is null && providers.Count > 1)
        {
            Mixed.Add(string.Create(CultureInfo.InvariantCulture, $"{key.Model} on {key.Day:yyyy-MM-dd} ({string.Join(", ", providers)})"));
            return;
        }
        if (verdict is not (Verdict.Drift or Verdict.OnlyProvider)) return;
        if (our?.Unnamed > 0)
        {
            _notes.Add(
                string.Create(CultureInfo.InvariantCulture, $"{key.Model} on {key.Day:yyyy-MM-dd} was corrected before without a word of whose bill it was, ")
                + "and several providers served it: put the difference right by an adjustment.");
            return;
        }
        var usage = new ReconciledUsage(key.Day, key.Model) { Provider = provider ?? providers.FirstOrDefault() };
        // Where one provider alone can be meant, the id is what it was before providers were told apart.
        var what = string.Create(CultureInfo.InvariantCulture, $"{usage.Day:yyyy-MM-dd}:{Short(usage.Model)}{(HasOthers(key) ? "@" + Short(provider!) : "")}");
        Correct(whose, usage, our?.Models, null, what, said, difference, our?.Corrections ?? 0);
    }

    /// <summary>Whether another than the provider that is compared served a day and model.</summary>
    private bool HasOthers((DateOnly Day, string Model) key) => provider is not null && _providers.TryGetValue(key, out var providers) && providers.Any(other => other != provider);

    private List<RequestReport> CompareRequests()
    {
        var rowsById = upload.Rows.Where(row => row.RequestId is not null).GroupBy(row => row.RequestId!).OrderBy(rows => rows.Key, StringComparer.Ordinal);
        // Where one row of a day and model has no id, the day is corrected as a whole.
        var whole = tenant is null ? [] : upload.Rows.Where(row => row.RequestId is null).Select(row => (row.Day, names.OfUpload(row.Model))).ToHashSet();
        var reports = new List<RequestReport>();
        var shared = new List<string>();
        foreach (var rows in rowsById)
        {
            var first = rows.First();
            var model = names.OfUpload(first.Model);
            var said = Figures.Of(rows);
            var book = books.FirstOrDefault(b => b.Requests.ContainsKey(rows.Key));
            if (book is null)
            {
                reports.Add(new RequestReport(rows.Key, null, model, Verdict.OnlyProvider, said, null, null, []));
                continue;
            }
            var our = book.Requests[rows.Key];
            var known = GatewayFigures.Of(our.Totals, Money.Zero, our.CorrectedUsd);
            var difference = known.From(said);
            var verdict = first.Day >= today ? Verdict.UnderWay : known.Compare(difference, _rounding);
            if (verdict == Verdict.Drift && !our.Suspended.IsEmpty) verdict = Verdict.Suspense;
            string[] resolve = [.. our.Suspended.Select(attempt => string.Create(CultureInfo.InvariantCulture,
                $"{AdminEndpoints.Root}/tenants/{book.Tenant}/holds/{rows.Key}/{attempt}/resolve"))];
            reports.Add(new RequestReport(rows.Key, book.Tenant, model, verdict, said, known, difference, resolve));
            if (verdict != Verdict.Drift || whole.Contains((first.Day, model))) continue;
            string[] served = our.Providers.IsDefaultOrEmpty ? our.Provider is { } last ? [last] : [] : [.. our.Providers];
            if (served.Any(other => other != (provider ?? served[0])))
                shared.Add($"{rows.Key} ({string.Join(", ", served)})");
            else
                Correct(book.Tenant, new ReconciledUsage(first.Day, model) { Provider = provider ?? served.FirstOrDefault() }, our.Model is { } id ? [id] : null,
                    rows.Key, rows.Key, said, difference, our.Corrections);
        }
        if (shared.Count > 0)
            _notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"Of {shared.Count} requests another provider than that of the file has a part: put their differences right by adjustments. "
                + $"{string.Join("; ", shared.Take(MostNamed))}."));
        return reports;
    }

    /// <summary>Who served each day and model, as the books say it: by usage, holds in suspense and what was corrected before.</summary>
    private static Dictionary<(DateOnly Day, string Model), SortedSet<string>> ProvidersOf(IReadOnlyList<TenantUsage> books, ModelNames names)
    {
        var providers = new Dictionary<(DateOnly, string), SortedSet<string>>();
        foreach (var book in books)
        {
            foreach (var row in book.Days.Rows) Add(row.Day, row.Model is { } model && row.Totals.Requests > 0 ? names.OfBook(model) : null, row.Provider);
            foreach (var hold in book.Days.Suspended) Add(DateOnly.FromDateTime(hold.At.UtcDateTime), hold.Model is { } model ? names.OfBook(model) : null, hold.Provider);
            foreach (var sum in book.Days.Reconciled) Add(sum.Usage.Day, sum.Usage.Model, sum.Usage.Provider);
        }
        return providers;

        void Add(DateOnly day, string? model, string? provider)
        {
            if (model is null || provider is null) return;
            if (!providers.TryGetValue((day, model), out var known)) providers[(day, model)] = known = new SortedSet<string>(StringComparer.Ordinal);
            known.Add(provider);
        }
    }

    private Dictionary<(DateOnly Day, string Model), OurDay> OurDays()
    {
        var days = new Dictionary<(DateOnly, string), OurDay>();
        foreach (var book in books)
        {
            foreach (var row in book.Days.Rows.Where(row => row.Model is not null && row.Totals.Requests > 0 && (provider is null || row.Provider == provider)))
            {
                var day = Of(row.Day, names.OfBook(row.Model!));
                day.Totals += row.Totals;
                if (!day.Models.Contains(row.Model!)) day.Models.Add(row.Model!);
            }
            foreach (var hold in book.Days.Suspended.Where(hold => hold.Model is not null && (provider is null || hold.Provider is null || hold.Provider == provider)))
                Of(DateOnly.FromDateTime(hold.At.UtcDateTime), names.OfBook(hold.Model!)).Suspense += hold.AmountUsd;
            foreach (var sum in book.Days.Reconciled.Where(sum => provider is null || sum.Usage.Provider is null || sum.Usage.Provider == provider))
            {
                var day = Of(sum.Usage.Day, sum.Usage.Model);
                if (sum.Usage.Provider is null && HasOthers((sum.Usage.Day, sum.Usage.Model)))
                {
                    day.Unnamed += sum.Corrections;
                    continue;
                }
                day.Corrected += sum.AmountUsd;
                day.Corrections += sum.Corrections;
            }
        }
        return days;

        OurDay Of(DateOnly day, string model) => days.TryGetValue((day, model), out var known) ? known : days[(day, model)] = new OurDay();
    }

    // The number in the id says on top of which corrections it was found: two reconciliations at once cannot both book.
    private void Correct(string whose, ReconciledUsage usage, IReadOnlyList<string>? models, string? request, string what, Figures said, Figures difference, int corrections)
    {
        if (difference.CostUsd is not { } amount || amount == Money.Zero || IsRounding(difference)) return;
        _corrections.Add((whose, new Adjustment
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"reconciled:{what}:{corrections + 1}"),
            Kind = AdjustmentKind.Correction,
            AmountUsd = amount,
            Reason = string.Create(CultureInfo.InvariantCulture,
                $"Reconciliation {upload.Id}: for {usage.Model} on {usage.Day:yyyy-MM-dd} the provider says {said.CostUsd} USD, {amount} more than the book."),
            Actor = actor,
            RequestId = request,
            Model = models is [var only] ? only : usage.Model,
            Reconciles = usage,
        }));
    }

    private bool IsRounding(Figures difference)
    {
        var slack = new Money(_rounding.NanoDollars * difference.Rows);
        return difference.CostUsd <= slack && difference.CostUsd >= Money.Zero - slack;
    }

    private static string Short(string name) =>
        name.Length <= MaxNameInId ? name : string.Concat(name.AsSpan(0, MaxNameInId / 2), "~", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))[..8]));

    private sealed class OurDay
    {
        public UsageTotals Totals { get; set; }

        public List<string> Models { get; } = [];

        public Money Suspense { get; set; }

        public Money Corrected { get; set; }

        public int Corrections { get; set; }

        /// <summary>Corrections that may be of any of the providers that served it.</summary>
        public int Unnamed { get; set; }

        public GatewayFigures Figures => GatewayFigures.Of(Totals, Suspense, Corrected);
    }
}
