// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A token that is everything PRIV is not: it enters the contract that calls it again, and it may say that a
/// transfer failed without reverting. It keeps no balances.
contract TokenDouble {
    /// @notice One call that is made while the token is being called, and the error it must end with.
    struct Entry {
        bytes data;
        bytes4 refusal;
    }

    /// @notice An entry did something else than it should.
    error Entered(uint256 entry, bytes answer);

    Entry[] private entries;
    bool private lies;

    /// @notice How many entries were refused as they should.
    uint256 public refused;

    function enter(bytes memory data, bytes4 refusal) external {
        entries.push(Entry(data, refusal));
    }

    function lie() external {
        lies = true;
    }

    function transfer(address, uint256) external returns (bool) {
        return attack();
    }

    function transferFrom(address, address, uint256) external returns (bool) {
        return attack();
    }

    function receiveWithAuthorization(address, address, uint256, uint256, uint256, bytes32, uint8, bytes32, bytes32)
        external
    {
        attack();
    }

    function attack() private returns (bool) {
        for (uint256 i; i < entries.length; ++i) {
            (bool ok, bytes memory answer) = msg.sender.call(entries[i].data);
            if (ok || bytes4(answer) != entries[i].refusal) revert Entered(i, answer);
            ++refused;
        }
        return !lies;
    }
}
