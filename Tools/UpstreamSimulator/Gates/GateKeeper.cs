using System.Collections.Concurrent;

namespace OrleansGateway.Simulator;

/// <summary>Named gates at which scripted calls wait, so that tests decide what overlaps; every gate starts closed.</summary>
public sealed class GateKeeper
{
    private readonly ConcurrentDictionary<string, Gate> _gates = new(StringComparer.Ordinal);

    /// <summary>Lets everyone through, now and from now on.</summary>
    public void Open(string name) => At(name).Open();

    /// <summary>Makes calls wait again.</summary>
    public void Close(string name) => At(name).Close();

    /// <summary>Lets so many calls through, those waiting longest first; later calls use up what is left.</summary>
    public void Release(string name, int count = 1) => At(name).Release(count);

    /// <summary>How many calls wait there now.</summary>
    public int Waiting(string name) => At(name).Waiting.Value;

    /// <summary>Whether calls pass without waiting.</summary>
    public bool IsOpen(string name) => At(name).IsOpen;

    /// <summary>Returns once so many calls wait there.</summary>
    public Task WaitForWaitersAsync(string name, int count, CancellationToken cancel = default) => At(name).Waiting.WaitForAsync(count, cancel);

    internal Task PassAsync(string name, CancellationToken cancel) => At(name).PassAsync(cancel);

    private Gate At(string name) => _gates.GetOrAdd(name, _ => new Gate());

    private sealed class Gate
    {
        private readonly Lock _lock = new();
        private readonly LinkedList<TaskCompletionSource> _queue = new();
        private int _permits;

        public Tally Waiting { get; } = new();

        public bool IsOpen { get; private set; }

        public void Open()
        {
            lock (_lock)
            {
                IsOpen = true;
                LetThrough();
            }
        }

        public void Close()
        {
            lock (_lock)
            {
                IsOpen = false;
                _permits = 0;
            }
        }

        public void Release(int count)
        {
            lock (_lock)
            {
                _permits += count;
                LetThrough();
            }
        }

        public async Task PassAsync(CancellationToken cancel)
        {
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            LinkedListNode<TaskCompletionSource> place;
            lock (_lock)
            {
                place = _queue.AddLast(turn);
                Waiting.Add(1);
                LetThrough();
            }

            try
            {
                await turn.Task.WaitAsync(cancel);
            }
            catch (OperationCanceledException)
            {
                Leave(place);
                throw;
            }
        }

        private void Leave(LinkedListNode<TaskCompletionSource> place)
        {
            lock (_lock)
            {
                if (place.List is not null)
                {
                    _queue.Remove(place);
                    Waiting.Add(-1);
                }
            }
        }

        private void LetThrough()
        {
            while (_queue.First is { } first && (IsOpen || _permits > 0))
            {
                _permits -= IsOpen ? 0 : 1;
                _queue.RemoveFirst();
                Waiting.Add(-1);
                first.Value.TrySetResult();
            }
        }
    }
}
