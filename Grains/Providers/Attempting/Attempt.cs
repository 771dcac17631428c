using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>
/// One attempt at a call's target by one of its keys, from before it is sent until it has been posted. While it lasts it has its turn on the key's lane, and
/// target and key count it. Whoever begins it disposes of it: whatever goes wrong, no later attempt goes without what this one had.
/// </summary>
internal sealed class Attempt : IDisposable
{
    private readonly Turn _turn;
    private readonly AttemptMeasure _measure;
    private bool _ended;

    /// <summary>Begins it; when that fails, nothing of it is left.</summary>
    public Attempt(AimedCall aimed, KeyLane lane, Turn turn, UpstreamInstruments instruments)
    {
        (Aimed, Target, Lane, _turn) = (aimed, aimed.Target, lane, turn);
        Number = aimed.Call.Begin(Target);
        Health.OnBegun();
        lane.Health.OnBegun();
        try
        {
            _measure = instruments.Begin(this);
        }
        catch
        {
            Leave(0, OutcomeWords.Internal);
            throw;
        }
    }

    public AimedCall Aimed { get; }

    public UpstreamCall Call => Aimed.Call;

    /// <summary>What is called.</summary>
    public PlanTarget Target { get; }

    public UpstreamClient Client => Aimed.Client;

    public TargetHealth Health => Aimed.Health;

    /// <summary>The key that it is made with.</summary>
    public KeyLane Lane { get; }

    /// <summary>Its number within the request, from 1.</summary>
    public int Number { get; }

    /// <summary>Who answers, as the caller is told.</summary>
    public AnsweredBy By => Aimed.By;

    /// <summary>The output limit that the target is sent because the caller set none.</summary>
    public int? OutputLimit =>
        Call.Plan.CapOutput && Call.Request.Api.Kind() == ModelKind.Chat ? Math.Min(Call.Plan.OutputTokens, Target.MaxOutputTokens) : null;

    /// <summary>A piece of a stream's answer has come.</summary>
    public void OnChunk() => _measure.OnFirstChunk();

    /// <summary>It has ended.</summary>
    public void End(AttemptOutcome outcome)
    {
        _ended = true;
        try
        {
            _measure.End(outcome);
        }
        finally
        {
            Leave(outcome.Taken.Total, outcome is Failed failed ? failed.Word : OutcomeWords.Ok);
        }
    }

    /// <summary>Ends it if nobody has: what has become of it is then not known.</summary>
    public void Dispose()
    {
        if (!_ended) End(AttemptVerdicts.Internal());
    }

    private void Leave(long taken, string word)
    {
        _turn.End(taken);
        Lane.Health.OnEnded();
        Health.OnEnded(word);
    }
}
