// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Sig} from "./Signed.sol";

/// @notice An account's word that it wants `amount` of its stake back; signed (EIP-712).
/// @param nonce The account's `nonces` value, so that a request works once.
struct Unstake {
    address account;
    uint256 amount;
    uint256 nonce;
}

/// @title IStaking
/// @notice Holds PRIV that users put behind their reputation. Only the staker can ask for it back, and only the staker
/// receives it; there is no slashing and no owner. Anyone may relay the signed calls.
interface IStaking {
    /// @notice The account's stake grew.
    event Staked(address indexed account, uint256 amount, uint256 stake);
    /// @notice `amount` left the stake; the whole amount in cooldown can be withdrawn from `releaseAt` on.
    event UnstakeRequested(address indexed account, uint256 amount, uint256 stake, uint64 releaseAt);
    /// @notice `amount` went back to the account.
    event Withdrawn(address indexed account, uint256 amount);

    /// @notice Nothing to move.
    error ZeroAmount();
    /// @notice The token would be nowhere.
    error ZeroToken();
    /// @notice The request is not signed by its account.
    error BadUnstakeSignature();
    /// @notice The request was used before, or is ahead of its turn.
    error WrongNonce(uint256 nonce, uint256 expected);
    /// @notice The stake is smaller than the request.
    error InsufficientStake(address account, uint256 stake, uint256 amount);
    /// @notice The account has nothing in cooldown.
    error NothingToWithdraw(address account);
    /// @notice The cooldown ends at `releaseAt`.
    error TooEarly(uint256 releaseAt);

    /// @notice Stakes with the account's ERC-3009 authorization (to = this, validAfter 0, nonce = stakeNonce(...)).
    function stakeWithAuthorization(
        address account,
        uint256 amount,
        uint256 validBefore,
        bytes32 salt,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Moves part of a stake into cooldown. It joins what is there already, and restarts the cooldown of all.
    function requestUnstake(Unstake calldata request, Sig calldata sig) external;

    /// @notice Sends what has cooled down to its account.
    function withdraw(address account) external;

    /// @notice The authorization's nonce for a stake: binds chain, contract, account, amount, time and salt, so that
    /// the signature can be used for this stake alone.
    function stakeNonce(address account, uint256 amount, uint256 validBefore, bytes32 salt)
        external
        view
        returns (bytes32);

    /// @notice What the account has staked, without what is in cooldown.
    function stakeOf(address account) external view returns (uint256);

    /// @notice What is in cooldown, and when it can be withdrawn.
    function cooldowns(address account) external view returns (uint192 amount, uint64 releaseAt);

    /// @notice The nonce of the account's next Unstake.
    function nonces(address account) external view returns (uint256);
}
