using System.Globalization;
using System.Text;

namespace OrleansGateway.Tests.Model;

/// <summary>
/// Visits every world that can be reached, nearest first, and checks each; so the first violation has a shortest trace. From each world it also
/// follows what happens when nothing more goes wrong, and expects to come to rest.
/// </summary>
internal sealed class Search(Scenario scenario, Mutation mutation = Mutation.None)
{
    private const int LongestWayToRest = 200;

    private readonly Protocol _protocol = new(scenario, mutation);
    private readonly Dictionary<World, int> _numbers = [];
    private readonly List<World> _worlds = [];
    private readonly List<(int From, Step Step, byte Subject, bool Stale)> _ways = [];
    private readonly List<Move> _moves = [];

    /// <summary>What went wrong first; null when nothing did.</summary>
    public string? Violation { get; private set; }

    /// <summary>How it came to that, a step a line.</summary>
    public string Trace { get; private set; } = "";

    public int States => _worlds.Count;

    public long Transitions { get; private set; }

    /// <summary>Worlds in which nothing is under way.</summary>
    public int Rests { get; private set; }

    public Situations Seen { get; private set; }

    public Search Run()
    {
        Visit(default, -1, default);
        for (var next = 0; next < _worlds.Count && Violation is null; next++)
        {
            var world = _worlds[next];
            _moves.Clear();
            _protocol.StepsFrom(world, _moves);
            Transitions += _moves.Count;
            foreach (var move in _moves)
            {
                Seen |= move.Seen;
                if (!Visit(move.To, next, move)) break;
            }
        }
        if (Violation is null && mutation == Mutation.None) ComeToRest();
        return this;
    }

    private bool Visit(in World world, int from, Move move)
    {
        var broken = Invariants.Broken(world, scenario);
        var canonical = world.Canonical();
        if (!_numbers.TryAdd(canonical, _worlds.Count) && broken is null) return true;
        _worlds.Add(canonical);
        _ways.Add((from, move.Step, move.Request, move.Stale));
        var atRest = canonical.IsAtRest;
        if (atRest) Rests++;
        if ((broken ?? (atRest ? Invariants.BrokenAtRest(canonical) : null)) is not { } violation) return true;
        Fail(violation, _worlds.Count - 1);
        return false;
    }

    /// <summary>Every world comes to rest when processes, calls and the store do what they are there for.</summary>
    private void ComeToRest()
    {
        var comesToRest = new bool[_worlds.Count];
        var path = new List<int>();
        for (var start = 0; start < _worlds.Count; start++)
        {
            path.Clear();
            for (var at = start; !comesToRest[at]; at = _numbers[Next(_worlds[at])])
            {
                path.Add(at);
                if (_worlds[at].IsAtRest) break;
                if (path.Count < LongestWayToRest) continue;
                Fail("L3 everything comes to rest", start);
                return;
            }
            foreach (var at in path) comesToRest[at] = true;
        }
    }

    private World Next(in World world)
    {
        _moves.Clear();
        _protocol.StepsFrom(world, _moves);
        return _moves.Where(m => m.Step <= Step.Sweep).MinBy(m => m.Step).To.Canonical();
    }

    private void Fail(string violation, int at)
    {
        Violation = violation;
        var path = new List<int>();
        for (var number = at; number >= 0; number = _ways[number].From) path.Add(number);
        path.Reverse();
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{violation}, in {path.Count - 1} steps:\n");
        foreach (var (number, i) in path.Select((n, i) => (n, i)).Skip(1))
        {
            var (_, step, subject, stale) = _ways[number];
            text.Append(CultureInfo.InvariantCulture, $"{i,3}. {Narrator.Tell(step, subject, stale),-78} book: {_worlds[number].Book}\n");
        }
        Trace = text.ToString();
    }
}
