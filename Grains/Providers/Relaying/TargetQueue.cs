using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace OrleansGateway;

/// <summary>
/// The targets that a request may still try: as they are planned, then once more those that were postponed. What is learnt of the request and of its upstreams
/// on the way leaves others out.
/// </summary>
internal sealed class TargetQueue(ImmutableArray<PlanTarget> planned, UpstreamHealth health)
{
    private Queue<PlanTarget>? _postponed;
    private List<string>? _refusedBy;
    private PlanTarget? _removed;
    private int? _room;
    private int _taken;
    private bool _isAgain;

    /// <summary>Whether another of the planned ones may be called as things stand.</summary>
    public bool HasAnother
    {
        get
        {
            foreach (var target in planned.AsSpan()[_taken..])
                if (!IsRefused(target) && health.RestOf(target.Provider, target.Model) is null) return true;
            return false;
        }
    }

    /// <summary>The next one; false when there is none left.</summary>
    public bool TryTake([NotNullWhen(true)] out PlanTarget? target)
    {
        while (TryTakeAny(out target))
            if (!IsRefused(target) && !(target.ContextTokens <= _room) && _removed?.IsSameAs(target) != true) return true;
        return false;
    }

    /// <summary>Puts the one that was taken after all others; false when it has been there already.</summary>
    public bool TryPostpone(PlanTarget target)
    {
        if (_isAgain) return false;
        (_postponed ??= []).Enqueue(target);
        return true;
    }

    /// <summary>Leaves out a target that was called out of turn.</summary>
    public void Remove(PlanTarget target) => _removed = target;

    /// <summary>Leaves out all of a provider that refused its keys: they are refused for every model.</summary>
    public void RemoveAllOf(string provider) => (_refusedBy ??= []).Add(provider);

    /// <summary>Leaves out those that have no more room for the request than this one, which was too small.</summary>
    public void RemoveAllUpTo(PlanTarget tooSmall) => _room = Math.Max(_room ?? 0, tooSmall.ContextTokens);

    private bool TryTakeAny([NotNullWhen(true)] out PlanTarget? target)
    {
        if (_taken < planned.Length)
        {
            target = planned[_taken++];
            return true;
        }
        _isAgain = true;
        target = null;
        return _postponed?.TryDequeue(out target) == true;
    }

    private bool IsRefused(PlanTarget target) => _refusedBy?.Contains(target.Provider) == true;
}
